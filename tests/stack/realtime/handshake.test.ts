import { describe, expect, it } from 'vitest';
import { keys, signToken } from './harness.ts';
import { RawSocket, refusedUpgrade } from './raw-socket.ts';
import { useRealtime } from './use-realtime.ts';

const { server } = useRealtime();

describe('a handshake', () => {
  const unsigned = (header: object, claims: object) =>
    [header, claims, 'x'].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

  it.each<[string, () => string | Promise<string>, string]>([
    ['no key', () => '', 'API key is missing'],
    ['an unknown key', () => 'sb_publishable_other', 'The token provided is not a valid JWT'],
    ['what is not a token', () => 'nonsense', 'The token provided is not a valid JWT'],
    [
      'a foreign token',
      () => signToken({}, { secret: 'another-installation-with-its-secret' }),
      'Failed to validate JWT signature',
    ],
    [
      'an unsigned token',
      () => unsigned({ alg: 'none' }, { role: 'service_role', exp: 9_999_999_999 }),
      'Failed to validate JWT signature',
    ],
    [
      'an unknown key id',
      () => unsigned({ alg: 'RS256', kid: 'k' }, { role: 'anon', exp: 9_999_999_999 }),
      'Failed to validate JWT signature',
    ],
    ['an expired token', () => signToken({}, { expiresIn: -10 }), 'Token has expired'],
    [
      'a token without role',
      () => signToken({ role: undefined }),
      'Fields `role` and `exp` are required in JWT',
    ],
    [
      'a token without end',
      () => signToken({ exp: undefined }),
      'Fields `role` and `exp` are required in JWT',
    ],
    ['a token whose iat is a text', () => signToken({ iat: 'now' }), 'The token provided is not a valid JWT'],
  ])('with %s is refused with status 401', async (_, key, error) => {
    expect(await refusedUpgrade(server.url, `vsn=2.0.0&apikey=${await key()}`)).toEqual({
      status: 401,
      body: { error },
    });
  });

  it('with a target that is no address is refused', async () => {
    expect(await refusedUpgrade(server.url, '', {}, '//')).toMatchObject({ status: 404 });
    expect((await fetch(`${server.url}//`, { method: 'POST' })).status).toBe(404);
  });

  it('for another protocol version or path is refused', async () => {
    for (const version of ['3.0.0', '2', 'constructor'])
      expect(await refusedUpgrade(server.url, `vsn=${version}&apikey=${keys.publishable}`)).toMatchObject({
        status: 403,
      });
    expect(await refusedUpgrade(server.url, '', {}, '/realtime/v1/elsewhere')).toMatchObject({ status: 404 });
  });

  it('takes the key from a header first, and is served on the self-hosted path too', async () => {
    const refusal = await refusedUpgrade(server.url, `apikey=${keys.publishable}`, {
      'x-api-key': 'nonsense',
    });
    expect(refusal.status).toBe(401);
    const socket = await RawSocket.open(
      server.url,
      `apikey=${keys.publishable}&vsn=2.0.0`,
      '/socket/websocket',
    );
    await socket.heartbeat();
  });
});
