import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@supabase/supabase-js';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionsServer, startFunctions } from '../../stack/functions/functions.ts';
import { projectRoot } from '../../stack/shared/paths.ts';

const jwtSecret = 'a secret only this test knows, long enough for HS256';
const publishableKey = 'sb_publishable_test';

const sources: Record<string, string> = {
  'serve/index.ts': `Deno.serve({ port: 1234 }, (request) => Response.json({
      url: request.url, method: request.method, custom: request.headers.get('x-custom'),
      leaked: request.headers.get('x-function-secret') }, { status: 201, headers: { 'x-answer': 'yes' } }));`,
  'exported/index.ts': `import { greet } from '../_shared/greet.ts';
    export default { fetch: async (request: Request) => new Response(greet(await request.text())) };`,
  '_shared/greet.ts': `export const greet = (name: string) => 'Hello ' + name;`,
  'variables/index.ts': `Deno.serve(() => Response.json(Deno.env.toObject()));`,
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
  'streams/index.ts': `Deno.serve(() => new Response(new ReadableStream({
      async start(controller) {
        for (const part of ['one ', 'two ', 'three']) {
          controller.enqueue(new TextEncoder().encode(part));
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        controller.close();
      } })));`,
  'breaks-off/index.ts': `Deno.serve(() => new Response(new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('half'));
        setTimeout(() => Deno.exit(1), 100);
      } })));`,
  'background/index.ts': `let done = 0;
    Deno.serve(() => {
      EdgeRuntime.waitUntil(new Promise((resolve) => setTimeout(() => { done++; console.log('background done'); resolve(done); }, 600)));
      return new Response('accepted', { status: 202 });
    });`,
  'page/index.ts': `Deno.serve(() => new Response('<p>', { headers: { 'content-type': 'text/html; charset=utf-8' } }));`,
  'public/index.ts': `Deno.serve((request) => new Response(request.method + ' ok', { headers: { 'access-control-allow-origin': '*' } }));`,
  'packaged/index.ts': `import { createClient } from '@supabase/supabase-js';
    Deno.serve(() => Response.json(typeof createClient(Deno.env.get('SUPABASE_URL')!, 'key').from));`,
  'changing/index.ts': `Deno.serve(() => new Response('first'));`,
  'disabled/index.ts': `Deno.serve(() => new Response('never'));`,
  'elsewhere/main.ts': `Deno.serve(() => new Response('from main.ts'));`,
  'writes/index.ts': `Deno.serve(async () => { await Deno.writeTextFile('/tmp/tandem-function', 'x'); return new Response(); });`,
  'spawns/index.ts': `Deno.serve(async () => { await new Deno.Command('id').output(); return new Response(); });`,
  'deno.json': `{ "imports": { "@supabase/supabase-js": "npm:@supabase/supabase-js@2.119.0" } }`,
  '.env': 'MAIL_TOKEN=from file\nSUPABASE_URL=http://evil.example\n',
};

const config = `
[edge_runtime.secrets]
FROM_CONFIG = "configured"
[functions.disabled]
enabled = false
[functions.public]
verify_jwt = false
[functions.elsewhere]
entrypoint = "./functions/elsewhere/main.ts"
`;

let projectDir: string;
let functions: FunctionsServer;
let server: Server;
let origin: string;
let userToken: string;
const lines: string[] = [];

async function write(path: string, text: string): Promise<void> {
  const file = join(projectDir, 'supabase', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${origin}/functions/v1/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${userToken}`, ...(init.headers as Record<string, string>) },
  });

const token = (secret: string, expires = '5m'): Promise<string> =>
  new SignJWT({ role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));

beforeAll(async () => {
  projectDir = await mkdtemp(join(tmpdir(), 'tandem-functions-'));
  await symlink(join(projectRoot, 'node_modules'), join(projectDir, 'node_modules'));
  await cp(join(projectRoot, 'package.json'), join(projectDir, 'package.json'));
  for (const [path, text] of Object.entries(sources)) await write(`functions/${path}`, text);
  await write('config.toml', config);
  userToken = await token(jwtSecret);
  functions = await startFunctions({
    projectDir,
    jwtSecret,
    dev: true,
    cacheDir: join(projectDir, 'cache'),
    limits: { blockedMs: 1_500, answerMs: 2_500, idleMs: 400 },
    log: (line) => lines.push(line),
    project: {
      url: 'http://127.0.0.1:54321',
      databaseUrl: 'postgresql://postgres@127.0.0.1/postgres',
      publishableKey,
      secretKey: 'sb_secret_test',
      anonKey: 'legacy-anon',
      serviceRoleKey: 'legacy-service',
    },
  });
  server = createServer((request, response) => {
    functions
      .handleRequest(request, response)
      .then((handled) => void (handled || response.writeHead(404).end('not a function path')))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await functions.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(projectDir, { recursive: true, force: true });
});

describe('a function', () => {
  it('sees its own name first in the path, and method, query and headers as sent', async () => {
    const response = await call('serve/items/1?page=2', {
      method: 'PUT',
      headers: { 'x-custom': 'kept' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-answer')).toBe('yes');
    expect(await response.json()).toEqual({
      url: `${origin}/serve/items/1?page=2`,
      method: 'PUT',
      custom: 'kept',
      leaked: null,
    });
  });

  it('may export a default with fetch and import shared code', async () => {
    const response = await call('exported', { method: 'POST', body: 'Nile' });
    expect(await response.text()).toBe('Hello Nile');
  });

  it('is called by the official client', async () => {
    const client = createClient(origin, publishableKey);
    const { data, error } = await client.functions.invoke<string>('exported', { body: 'Rhine' });
    expect(error).toBeNull();
    expect(data).toBe('Hello Rhine');
  });

  it('has the hosted variables and the secrets of the installation, and nothing of the stack', async () => {
    const variables = (await (await call('variables')).json()) as Record<string, string>;
    expect(variables).toMatchObject({
      SUPABASE_URL: 'http://127.0.0.1:54321',
      SUPABASE_DB_URL: 'postgresql://postgres@127.0.0.1/postgres',
      SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_test"}',
      SUPABASE_SECRET_KEYS: '{"default":"sb_secret_test"}',
      SUPABASE_JWKS: '{"keys":[]}',
      SUPABASE_ANON_KEY: 'legacy-anon',
      SUPABASE_SERVICE_ROLE_KEY: 'legacy-service',
      MAIL_TOKEN: 'from file',
      FROM_CONFIG: 'configured',
    });
    expect(Object.keys(variables)).not.toContain('VITEST');
  });

  it('imports npm packages from the installed ones', async () => {
    const response = await call('packaged');
    expect([response.status, await response.text()]).toEqual([200, '"function"']);
  });

  it('streams its answer as it comes', async () => {
    const response = await call('streams');
    const arrivals: number[] = [];
    let text = '';
    for await (const chunk of response.body ?? []) {
      arrivals.push(Date.now());
      text += Buffer.from(chunk as Uint8Array).toString();
    }
    expect(text).toBe('one two three');
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(200);
  });

  it('cannot serve web pages, as hosted', async () => {
    expect((await call('page')).headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('uses the entry point that config.toml names', async () => {
    expect(await (await call('elsewhere')).text()).toBe('from main.ts');
  });

  it('may neither write files nor start programs', async () => {
    expect((await call('writes')).status).toBe(500);
    expect((await call('spawns')).status).toBe(500);
  });

  it('finishes background tasks before its process is given up', async () => {
    expect((await call('background')).status).toBe(202);
    await sleep(1_500);
    expect(lines).toContain('function background: background done');
    await expect.poll(() => functions.running(), { timeout: 3_000 }).not.toContain('background');
  });

  it('has no process until it is called, and none again when idle', async () => {
    await expect.poll(() => functions.running(), { timeout: 5_000 }).not.toContain('exported');
    await call('exported', { method: 'POST', body: 'x' });
    expect(functions.running()).toContain('exported');
    await expect.poll(() => functions.running(), { timeout: 5_000 }).not.toContain('exported');
  });

  it('is reloaded when its file changes', async () => {
    expect(await (await call('changing')).text()).toBe('first');
    await write('functions/changing/index.ts', `Deno.serve(() => new Response('second'));`);
    await expect.poll(async () => (await call('changing')).text(), { timeout: 5_000 }).toBe('second');
  });

  it('appears when its folder is added', async () => {
    expect((await call('added')).status).toBe(404);
    await write('functions/added/index.ts', `Deno.serve(() => new Response('new'));`);
    await expect.poll(async () => (await call('added')).status, { timeout: 5_000 }).toBe(200);
  });
});

describe('verify_jwt', () => {
  const status = async (headers: Record<string, string>, method = 'GET') => {
    const response = await fetch(`${origin}/functions/v1/page`, { headers, method });
    await response.text();
    return response.status;
  };

  it('lets tokens of this project and its keys pass', async () => {
    expect(await status({ authorization: `Bearer ${userToken}` })).toBe(200);
    expect(await status({ authorization: `Bearer ${publishableKey}` })).toBe(200);
    expect(await status({ apikey: publishableKey })).toBe(200);
    expect(await status({ apikey: 'sb_secret_test' })).toBe(200);
  });

  it('refuses the rest with 401 and a reason', async () => {
    const without = await fetch(`${origin}/functions/v1/page`);
    expect(without.status).toBe(401);
    expect(await without.json()).toMatchObject({ message: 'Missing authorization header' });
    const foreign = await fetch(`${origin}/functions/v1/page`, {
      headers: { authorization: `Bearer ${await token('a foreign secret, also long enough for HS256')}` },
    });
    expect(foreign.status).toBe(401);
    expect(await foreign.json()).toMatchObject({ message: 'Invalid JWT' });
    expect(await status({ authorization: `Bearer ${await token(jwtSecret, '-1m')}` })).toBe(401);
    expect(await status({ authorization: 'Basic abc' })).toBe(401);
    expect(await status({ authorization: 'Bearer', apikey: publishableKey })).toBe(401);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"role":"service_role"}').toString('base64url')}.`;
    expect(await status({ authorization: `Bearer ${unsigned}` })).toBe(401);
    expect(await status({ apikey: 'sb_publishable_other' })).toBe(401);
  });

  it('lets preflight requests through to the function', async () => {
    expect(await status({}, 'OPTIONS')).toBe(200);
  });

  it('can be switched off', async () => {
    expect(await (await fetch(`${origin}/functions/v1/public`)).text()).toBe('GET ok');
  });
});

describe('a name or method nobody serves', () => {
  it.each([
    'unknown',
    '',
    '_shared',
    'disabled',
    '..',
    '%2e%2e%2fserve',
    '__proto__',
    'constructor',
    '_host/status',
  ])('answers 404 for %j', async (name) => {
    const response = await call(name);
    expect(response.status).toBe(404);
  });

  it('says so in the words of the platform', async () => {
    expect(await (await call('unknown')).json()).toEqual({
      code: 'NOT_FOUND',
      message: 'Requested function was not found',
    });
  });

  it('answers 405 for a method functions do not have', async () => {
    expect((await call('serve', { method: 'PROPFIND' })).status).toBe(405);
  });
});

describe('a function that misbehaves', () => {
  const workerError = {
    code: 'WORKER_ERROR',
    message: 'Function exited due to an error (please check logs)',
  };

  it('answers 500 when its handler throws, and serves on', async () => {
    for (let n = 0; n < 2; n++) {
      const response = await call('throws');
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual(workerError);
    }
    expect(lines.some((line) => line.startsWith('function throws:') && line.includes('on purpose'))).toBe(
      true,
    );
  });

  it.each(['rejects-later', 'exits'])('answers 500 when its process ends: %s', async (name) => {
    const response = await call(name);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(workerError);
  });

  it.each(['wrong-syntax', 'throws-at-start', 'no-handler'])(
    'answers 503 when it cannot start: %s',
    async (name) => {
      const response = await call(name);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({
        code: 'BOOT_ERROR',
        message: 'Function failed to start (please check logs)',
      });
    },
  );

  it('is ended with 546 when it loops for ever, while others answer, and starts anew', async () => {
    const looping = call('loops');
    await sleep(300);
    expect((await call('serve')).status).toBe(201);
    const response = await looping;
    expect(response.status).toBe(546);
    expect(await response.json()).toMatchObject({ code: 'WORKER_LIMIT' });
    expect(await (await call('loops/harmless')).text()).toBe('fine');
  });

  it('is ended with 546 when it takes too much memory', async () => {
    const response = await call('hoards');
    expect(response.status).toBe(546);
  });

  it('answers 504 when it does not answer', async () => {
    expect((await call('silent')).status).toBe(504);
  });

  it('breaks the connection when it dies in the middle of an answer', async () => {
    const response = await call('breaks-off');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('does no harm when the caller hangs up', async () => {
    const caller = new AbortController();
    const hanging = call('silent', { signal: caller.signal });
    await sleep(200);
    caller.abort();
    await expect(hanging).rejects.toThrow();
    expect((await call('serve')).status).toBe(201);
  });
});
