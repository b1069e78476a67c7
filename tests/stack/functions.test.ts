import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  jwtSecret,
  publishableKey,
  startTestFunctions,
  type TestFunctions,
  userToken,
} from './support/functions-server.ts';

const sources = {
  'serve/index.ts': `Deno.serve({ port: 1234 }, (request) => Response.json({
      url: request.url, method: request.method, custom: request.headers.get('x-custom'),
      leaked: request.headers.get('x-function-secret') }, { status: 201, headers: { 'x-answer': 'yes' } }));`,
  'exported/index.ts': `import { greet } from '../_shared/greet.ts';
    export default { fetch: async (request: Request) => new Response(greet(await request.text())) };`,
  '_shared/greet.ts': `export const greet = (name: string) => 'Hello ' + name;`,
  'variables/index.ts': `Deno.serve(() => Response.json(Deno.env.toObject()));`,
  'streams/index.ts': `Deno.serve(() => new Response(new ReadableStream({
      async start(controller) {
        for (const part of ['one ', 'two ', 'three']) {
          controller.enqueue(new TextEncoder().encode(part));
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
        controller.close();
      } })));`,
  'background/index.ts': `let done = 0;
    Deno.serve(() => {
      EdgeRuntime.waitUntil(new Promise((resolve) => setTimeout(() => { done++; console.log('background done'); resolve(done); }, 1800)));
      return new Response('accepted', { status: 202 });
    });`,
  'busy/index.ts': `Deno.serve(() => {
      EdgeRuntime.waitUntil(new Promise((resolve) => setTimeout(() => {
        for (const end = Date.now() + 1200; Date.now() < end;);
        setTimeout(() => { console.log('busy done'); resolve(0); }, 100);
      }, 700)));
      return new Response('accepted', { status: 202 });
    });`,
  'page/index.ts': `Deno.serve(() => new Response('<p>', { headers: { 'content-type': 'text/html; charset=utf-8' } }));`,
  'public/index.ts': `Deno.serve((request) => new Response(request.method + ' ok', { headers: { 'access-control-allow-origin': '*' } }));`,
  'packaged/index.ts': `import { createClient } from '@supabase/supabase-js';
    Deno.serve(() => Response.json(typeof createClient(Deno.env.get('SUPABASE_URL')!, 'key').from));`,
  'changing/index.ts': `Deno.serve(() => new Response('first'));`,
  'disabled/index.ts': `Deno.serve(() => new Response('never'));`,
  'elsewhere/main.ts': `Deno.serve(() => new Response('from main.ts'));`,
  'writes/index.ts': `Deno.serve(async () => { await Deno.writeTextFile('written-by-a-function', 'x'); return new Response(); });`,
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

let server: TestFunctions;
beforeAll(async () => {
  server = await startTestFunctions(sources, config);
});
afterAll(async () => {
  await server.stop();
});

describe('a function', () => {
  it('sees its own name first in the path, and method, query and headers as sent', async () => {
    const response = await server.call('serve/items/1?page=2', {
      method: 'PUT',
      headers: { 'x-custom': 'kept' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-answer')).toBe('yes');
    expect(await response.json()).toEqual({
      url: `${server.origin}/serve/items/1?page=2`,
      method: 'PUT',
      custom: 'kept',
      leaked: null,
    });
  });

  it('may export a default with fetch and import shared code', async () => {
    const response = await server.call('exported', { method: 'POST', body: 'Nile' });
    expect(await response.text()).toBe('Hello Nile');
  });

  it('is called by the official client', async () => {
    const client = createClient(server.origin, publishableKey);
    const { data, error } = await client.functions.invoke<string>('exported', { body: 'Rhine' });
    expect(error).toBeNull();
    expect(data).toBe('Hello Rhine');
  });

  it('has the hosted variables and the secrets of the installation, and nothing of the stack', async () => {
    const variables = (await (await server.call('variables')).json()) as Record<string, string>;
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
    const response = await server.call('packaged');
    expect([response.status, await response.text()]).toEqual([200, '"function"']);
  });

  it('streams its answer as it comes', async () => {
    const response = await server.call('streams');
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
    expect((await server.call('page')).headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('uses the entry point that config.toml names', async () => {
    expect(await (await server.call('elsewhere')).text()).toBe('from main.ts');
  });

  it('may neither write files nor start programs', async () => {
    expect((await server.call('writes')).status).toBe(500);
    expect((await server.call('spawns')).status).toBe(500);
  });

  it('finishes background tasks before its process is given up', async () => {
    expect((await server.call('background')).status).toBe(202);
    await expect
      .poll(() => server.lines, { timeout: 10_000 })
      .toContain('function background: background done');
    await expect.poll(() => server.functions.running(), { timeout: 10_000 }).not.toContain('background');
  });

  it('finishes a background task that is too busy to say so when it is asked', async () => {
    expect((await server.call('busy')).status).toBe(202);
    await expect.poll(() => server.lines, { timeout: 10_000 }).toContain('function busy: busy done');
    await expect.poll(() => server.functions.running(), { timeout: 10_000 }).not.toContain('busy');
  });

  it('has no process until it is called, and none again when idle', async () => {
    await expect.poll(() => server.functions.running(), { timeout: 10_000 }).not.toContain('exported');
    await server.call('exported', { method: 'POST', body: 'x' });
    expect(server.functions.running()).toContain('exported');
    await expect.poll(() => server.functions.running(), { timeout: 10_000 }).not.toContain('exported');
  });

  it('is reloaded when its file changes', async () => {
    expect(await (await server.call('changing')).text()).toBe('first');
    await server.write('functions/changing/index.ts', `Deno.serve(() => new Response('second'));`);
    await expect.poll(async () => (await server.call('changing')).text(), { timeout: 5_000 }).toBe('second');
  });

  it('appears when its folder is added', async () => {
    expect((await server.call('added')).status).toBe(404);
    await server.write('functions/added/index.ts', `Deno.serve(() => new Response('new'));`);
    await expect.poll(async () => (await server.call('added')).status, { timeout: 5_000 }).toBe(200);
  });
});

describe('verify_jwt', () => {
  const status = async (headers: Record<string, string>, method = 'GET') => {
    const response = await fetch(`${server.origin}/functions/v1/page`, { headers, method });
    await response.text();
    return response.status;
  };

  it('lets tokens of this project and its keys pass', async () => {
    expect(await status({ authorization: `Bearer ${await userToken()}` })).toBe(200);
    expect(await status({ authorization: `Bearer ${publishableKey}` })).toBe(200);
    expect(await status({ apikey: publishableKey })).toBe(200);
    expect(await status({ apikey: 'sb_secret_test' })).toBe(200);
  });

  it('refuses the rest with 401 and a reason', async () => {
    const without = await fetch(`${server.origin}/functions/v1/page`);
    expect(without.status).toBe(401);
    expect(await without.json()).toMatchObject({ message: 'Missing authorization header' });
    const foreign = await fetch(`${server.origin}/functions/v1/page`, {
      headers: { authorization: `Bearer ${await userToken('a foreign secret, also long enough for HS256')}` },
    });
    expect(foreign.status).toBe(401);
    expect(await foreign.json()).toMatchObject({ message: 'Invalid JWT' });
    expect(await status({ authorization: `Bearer ${await userToken(jwtSecret, '-1m')}` })).toBe(401);
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
    expect(await (await fetch(`${server.origin}/functions/v1/public`)).text()).toBe('GET ok');
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
    const response = await server.call(name);
    expect(response.status).toBe(404);
  });

  it('says so in the words of the platform', async () => {
    expect(await (await server.call('unknown')).json()).toEqual({
      code: 'NOT_FOUND',
      message: 'Requested function was not found',
    });
  });

  it('answers 405 for a method functions do not have', async () => {
    expect((await server.call('serve', { method: 'PROPFIND' })).status).toBe(405);
  });
});
