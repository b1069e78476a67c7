import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestFunctions, type TestFunctions } from './support/functions-server.ts';

const sources = {
  'serve/index.ts': `Deno.serve(() => new Response('well', { status: 201 }));`,
  'throws/index.ts': `Deno.serve(() => { throw new Error('on purpose'); });`,
  'rejects-later/index.ts': `Deno.serve(async () => {
      setTimeout(() => { throw new Error('outside the request'); }, 10);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      return new Response('never'); });`,
  'exits/index.ts': `Deno.serve(() => { Deno.exit(0); });`,
  'loops/index.ts': `Deno.serve((request) => { while (!request.url.includes('harmless')); return new Response('fine'); });`,
  'hoards/index.ts': `Deno.serve(() => { const hoard: unknown[] = []; while (true) hoard.push({ text: 'x'.repeat(1000) + hoard.length }); });`,
  'silent/index.ts': `Deno.serve(() => new Promise<Response>(() => undefined));`,
  'wrong-syntax/index.ts': `Deno.serve(() => {`,
  'throws-at-start/index.ts': `throw new Error('not configured');`,
  'no-handler/index.ts': `export const nothing = 1;`,
  'breaks-off/index.ts': `Deno.serve(() => new Response(new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('half'));
        setTimeout(() => Deno.exit(1), 1_000);
      } })));`,
};

let server: TestFunctions;
beforeAll(async () => {
  server = await startTestFunctions(sources);
});
afterAll(async () => {
  await server.stop();
});

describe('a function that misbehaves', () => {
  const workerError = {
    code: 'WORKER_ERROR',
    message: 'Function exited due to an error (please check logs)',
  };

  it('answers 500 when its handler throws, and serves on', async () => {
    for (let n = 0; n < 2; n++) {
      const response = await server.call('throws');
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual(workerError);
    }
    expect(
      server.lines.some((line) => line.startsWith('function throws:') && line.includes('on purpose')),
    ).toBe(true);
  });

  it.each(['rejects-later', 'exits'])('answers 500 when its process ends: %s', async (name) => {
    const response = await server.call(name);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(workerError);
  });

  it.each(['wrong-syntax', 'throws-at-start', 'no-handler'])(
    'answers 503 when it cannot start: %s',
    async (name) => {
      const response = await server.call(name);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({
        code: 'BOOT_ERROR',
        message: 'Function failed to start (please check logs)',
      });
    },
  );

  it('is ended with 546 when it loops for ever, while others answer, and starts anew', async () => {
    const looping = server.call('loops');
    await sleep(300);
    expect((await server.call('serve')).status).toBe(201);
    const response = await looping;
    expect(response.status).toBe(546);
    expect(await response.json()).toMatchObject({ code: 'WORKER_LIMIT' });
    expect(await (await server.call('loops/harmless')).text()).toBe('fine');
  });

  it('is ended with 546 when it takes too much memory', async () => {
    const response = await server.call('hoards');
    expect(response.status).toBe(546);
  });

  it('answers 504 when it does not answer', async () => {
    expect((await server.call('silent')).status).toBe(504);
  });

  it('breaks the connection when it dies in the middle of an answer', async () => {
    const response = await server.call('breaks-off');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('does no harm when the caller hangs up', async () => {
    const caller = new AbortController();
    const hanging = server.call('silent', { signal: caller.signal });
    await sleep(200);
    caller.abort();
    await expect(hanging).rejects.toThrow();
    expect((await server.call('serve')).status).toBe(201);
  });
});
