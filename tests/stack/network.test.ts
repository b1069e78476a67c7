/** `npm start -- --host ADDRESS`: what a network reaches, and what it never does. */
import { once } from 'node:events';
import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../stack/app/build.ts';
import { broadcastsOf, joined } from './realtime/channels.ts';
import { RawSocket, refusedUpgrade } from './realtime/raw-socket.ts';
import { type Keyring, signedIn } from './support/clients.ts';
import { refusalOf, type StartedProduct, startCommand } from './support/start-command.ts';

/** Addresses of this machine that are not the one everything else listens on. */
const outside = [
  ...Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
    .slice(0, 1),
  ...(process.platform === 'linux' ? ['127.0.0.2'] : []),
];

let folder: string;
let product: StartedProduct;

beforeAll(async () => {
  await ensureBuilt(() => undefined);
  folder = await mkdtemp(join(tmpdir(), 'tandem-network-'));
  await chmod(folder, 0o711);
  product = await startCommand({ data: join(folder, 'data'), flags: ['--host', '0.0.0.0', '--no-demo'] });
}, 180_000);
afterAll(async () => {
  await product?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What comes of connecting to a port. */
async function connecting(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return 'open';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    socket.destroy();
  }
}

/** Sends a request line as it is, which a client of good manners would have tidied up. */
async function rawAnswer(host: string, target: string, header: string): Promise<string> {
  const socket = connect({ host, port: product.ports.app });
  socket.setEncoding('utf8').write(`GET ${target} HTTP/1.1\r\nHost: ${header}\r\nConnection: close\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

const keyringAt = (url: string): Keyring => ({
  url,
  publishableKey: product.addresses.publishable_key,
  secretKey: product.addresses.secret_key,
});

describe.each(outside)('on %s', (address) => {
  const origin = (): string => `http://${address}:${product.ports.app}`;

  test('the app answers, and below its origin the API with its sockets', async () => {
    const page = await fetch(`${origin()}/sign-in`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<form');

    const { client, id } = await signedIn(keyringAt(origin()));
    const { data, error } = await client.from('profiles').select('id').eq('id', id);
    expect({ data, error }).toEqual({ data: [{ id }], error: null });
    const channel = client.channel('lobby', { config: { broadcast: { self: true } } });
    const heard = broadcastsOf(channel);
    await joined(channel);
    await channel.send({ type: 'broadcast', event: 'hello', payload: { from: address } });
    expect(await heard.find(({ event }) => event === 'hello')).toMatchObject({ payload: { from: address } });
    await client.removeAllChannels();
    const socket = await RawSocket.open(origin(), `apikey=${product.addresses.publishable_key}&vsn=2.0.0`);
    await socket.heartbeat();
    socket.close();
  });

  test('Postgres, the API itself, Studio and mail refuse connections', async () => {
    const { app, ...closed } = product.ports;
    expect(await connecting(address, app)).toBe('open');
    for (const [name, port] of Object.entries(closed)) {
      expect(await connecting('127.0.0.1', port), `${name} on loopback`).toBe('open');
      expect(await connecting(address, port), name).toBe('ECONNREFUSED');
    }
  });

  test('no path leads to Studio or mail', async () => {
    const { studio, mail } = product.addresses;
    const theirs = [
      ...['/', '/mail.js', '/mail.css', '/api/v1/messages', '/api/v1/search?query=to:a'].map(
        (path) => mail + path,
      ),
      ...['/', '/_system/schema', '/rest/v1/customers'].map((path) => studio + path),
    ];
    const there = await fetch(`${mail}/api/v1/messages`);
    expect(await there.json(), 'mail answers on loopback').toHaveProperty('messages');
    for (const its of theirs) {
      const { pathname, search, host } = new URL(its);
      const tricks = ['', '/rest/v1/..', '/functions/v1/../..', '/auth/v1/..%2f..', '/socket', `//${host}`];
      for (const target of [...tricks.map((trick) => trick + pathname + search), its]) {
        for (const header of [`${address}:${product.ports.app}`, host]) {
          const [head = '', body = ''] = (await rawAnswer(address, target, header)).split('\r\n\r\n');
          const where = `${target} with the host ${header}: ${head.split('\r\n')[0]}`;
          expect(head, where).toMatch(/^HTTP\/1\.1 (303|308|400|401|403|404) /);
          expect(body, where).not.toMatch(/"messages"|"tables"|Studio|mail\.js/);
        }
      }
    }
  });

  test('a request without a key is anonymous, whatever else it claims', async () => {
    const { client, email, password } = await signedIn(keyringAt(origin()));
    const form = await fetch(`${origin()}/sign-in?/password`, {
      method: 'POST',
      headers: { origin: origin(), accept: 'text/html' },
      body: new URLSearchParams({ email, password }),
      redirect: 'manual',
    });
    expect(form.status).toBe(303);
    const cookie = form.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    expect(cookie).toContain('base64-');
    await client.auth.signOut();

    const secret = product.addresses.secret_key;
    const claims: Record<string, string>[] = [
      {},
      { cookie },
      { authorization: `Bearer ${secret}` },
      { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
      { 'x-api-key': secret, 'x-supabase-api-key': secret, cookie: `apikey=${secret}` },
      { 'x-tandem-protocol': 'https', 'x-tandem': 'token', role: 'service_role' },
    ];
    for (const headers of claims) {
      const where = Object.keys(headers).join();
      const rows = await fetch(`${origin()}/rest/v1/profiles?select=id`, { headers });
      expect(rows.status, where).toBe(401);
      expect(await rows.json(), where).toMatchObject({ code: '42501' });
      const users = await fetch(`${origin()}/auth/v1/admin/users`, { headers });
      expect(users.status, where).toBe(401);
      const bucket = await fetch(`${origin()}/storage/v1/bucket`, { headers });
      expect(await bucket.json(), where).not.toEqual([expect.anything()]);
    }
    const keyless = await refusedUpgrade(origin(), 'vsn=2.0.0', {
      cookie,
      authorization: `Bearer ${secret}`,
    });
    expect(keyless.status).toBe(401);
  });

  test('the secret key is refused from a browser', async () => {
    const answer = await fetch(`${origin()}/auth/v1/admin/users`, {
      headers: { apikey: product.addresses.secret_key, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
    });
    expect(answer.status).toBe(401);
  });
});

test('an address that is not of this machine is refused in one line', async () => {
  const message = await refusalOf({ data: join(folder, 'never'), flags: ['--host', '198.51.100.7'] });
  expect(message).toBe('198.51.100.7 is not an address of this machine: choose another with --host.');
});
