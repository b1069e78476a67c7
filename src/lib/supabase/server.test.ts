import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Cookies } from '@sveltejs/kit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRequestClient, endedCookieName, endSession, readSignedIn } from './server';

/** Auth as far as a project with public keys is asked here: its keys, and the end of a session. */
let auth: Server;
let address: string;
const { privateKey, publicKey } = await generateKeyPair('ES256');

beforeAll(async () => {
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] });
  auth = createServer((request, response) => {
    if (request.url?.endsWith('/jwks.json')) response.setHeader('content-type', 'application/json').end(keys);
    else response.writeHead(request.url?.startsWith('/auth/v1/logout') ? 204 : 404).end();
  });
  await new Promise<void>((resolve) => auth.listen(0, '127.0.0.1', resolve));
  const bound = auth.address();
  address = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
});
afterAll(() => auth.close());

const url = new URL('https://crm.example/');

/** The cookies of one browser, kept from one request to the next. */
class Jar implements Cookies {
  readonly held = new Map<string, string>();
  get = (name: string) => this.held.get(name);
  getAll = () => [...this.held].map(([name, value]) => ({ name, value }));
  set: Cookies['set'] = (name, value, { maxAge }) => {
    if (maxAge === 0) this.held.delete(name);
    else this.held.set(name, value);
  };
  delete: Cookies['delete'] = (name) => void this.held.delete(name);
  serialize = (name: string, value: string) => `${name}=${value}`;
}

const clientOf = (cookies: Jar) =>
  createRequestClient(
    {
      supabaseUrl: address,
      publishableKey: 'sb_publishable_x',
      browserUrl: address,
      secretKey: undefined,
      demoFile: undefined,
      mailUrl: undefined,
    },
    { url, cookies, setHeaders: () => undefined },
  );

const who = (cookies: Jar) => readSignedIn(clientOf(cookies), cookies.get(endedCookieName(url)));

/** The cookie that signing in writes. */
async function sessionCookie(): Promise<string> {
  const expires_at = Math.floor(Date.now() / 1000) + 3600;
  const access_token = await new SignJWT({ email: 'ada@crm.example', session_id: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'JWT' })
    .setSubject(randomUUID())
    .setIssuedAt()
    .setExpirationTime(expires_at)
    .sign(privateKey);
  const session = { access_token, refresh_token: 'r', expires_at, expires_in: 3600, token_type: 'bearer' };
  return `base64-${Buffer.from(JSON.stringify({ ...session, user: null })).toString('base64url')}`;
}

describe('a session that was ended', () => {
  test('stays so when an answer that was under way writes its cookie again; another one counts', async () => {
    const cookies = new Jar();
    const session = await sessionCookie();
    cookies.held.set('__Host-tandem', session);
    expect(await who(cookies)).toMatchObject({ email: 'ada@crm.example' });

    await endSession(clientOf(cookies), { url, cookies });
    expect(cookies.held.has('__Host-tandem')).toBe(false);
    expect(await who(cookies)).toBeNull();

    cookies.held.set('__Host-tandem', session);
    expect(await who(cookies)).toBeNull();

    cookies.held.set('__Host-tandem', await sessionCookie());
    expect(await who(cookies)).toMatchObject({ email: 'ada@crm.example' });
  });
});
