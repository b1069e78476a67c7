import { randomUUID } from 'node:crypto';
import { generateKeyPair, exportJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createRealtime } from '../../../stack/realtime/server.ts';
import { broadcastsOf, joined, refused, subscribe, systemMessagesOf } from './channels.ts';
import { keys, renewToken, signToken, startTestServer, type TestServer } from './harness.ts';
import { RawSocket, refusedUpgrade } from './raw-socket.ts';
import { useRealtime } from './use-realtime.ts';

const { cluster, server } = useRealtime();

/** Runs a test against a server with limits of its own. */
async function withLimits(
  limits: Parameters<typeof startTestServer>[1],
  test: (limited: TestServer) => Promise<void>,
): Promise<void> {
  const limited = await startTestServer(cluster.adminUrl, limits);
  try {
    await test(limited);
  } finally {
    await limited.stop();
  }
}

describe('a channel', () => {
  it('is left when asked, and its topic can be joined again', async () => {
    const client = server.client();
    const topic = randomUUID();
    const channel = client.channel(topic);
    const status = await joined(channel);
    expect(await client.removeChannel(channel)).toBe('ok');
    expect(status.values.map((change) => change.status)).toEqual(['SUBSCRIBED', 'CLOSED']);
    await joined(client.channel(topic));
  });

  it('ends by itself when its token does, saying so', async () => {
    const token = await signToken({}, { expiresIn: 4 });
    const channel = server.client({ token }).channel(randomUUID());
    const system = systemMessagesOf(channel);
    const status = subscribe(channel);
    await status.find((change) => change.status === 'CLOSED');
    expect(system.values).toEqual([
      {
        extension: 'system',
        status: 'error',
        message: expect.stringMatching(/^Token has expired \d seconds ago$/),
        channel: channel.subTopic,
      },
    ]);
  });

  it('lives on past its token when a newer one came, and ignores keys and repetitions', async () => {
    const client = server.client({ token: await signToken({ sub: 'a' }, { expiresIn: 4 }) });
    const channel = client.channel(randomUUID(), { config: { broadcast: { ack: true } } });
    const status = await joined(channel);
    await renewToken(client, await signToken({ sub: 'a' }));
    await renewToken(client, keys.publishable);
    await new Promise((resolve) => setTimeout(resolve, 4_100)); // the one thing to wait for is time
    expect(await channel.send({ type: 'broadcast', event: 'alive', payload: {} })).toBe('ok');
    expect(status.values).toHaveLength(1);
  });

  it.each<[string, () => Promise<string>, unknown]>([
    [
      'foreign',
      () => signToken({}, { secret: 'another-installation-with-its-secret' }),
      'Failed to validate JWT signature',
    ],
    ['unreadable', async () => 'nonsense', 'The token provided is not a valid JWT'],
    [
      'expired',
      () => signToken({}, { expiresIn: -60 }),
      expect.stringMatching(/^Token has expired 6\d seconds ago$/),
    ],
  ])('ends when it is given a token that is %s', async (_, token, message) => {
    const client = server.client();
    const channel = client.channel(randomUUID());
    const system = systemMessagesOf(channel);
    const status = await joined(channel);
    await renewToken(client, await token());
    await status.find((change) => change.status === 'CLOSED');
    expect(system.values).toMatchObject([{ status: 'error', message }]);
  });

  it.each<[string, () => Promise<string>, unknown]>([
    [
      'foreign',
      () => signToken({}, { secret: 'another-installation-with-its-secret' }),
      'JwtSignatureError: Failed to validate JWT signature',
    ],
    ['unreadable', async () => 'nonsense', 'MalformedJWT: The token provided is not a valid JWT'],
    [
      'expired',
      () => signToken({}, { expiresIn: -60 }),
      expect.stringMatching(/^InvalidJWTToken: Token has expired 6\d seconds ago$/),
    ],
    [
      'without a role',
      () => signToken({ role: null }),
      'InvalidJWTToken: Fields `role` and `exp` are required in JWT',
    ],
    [
      'without a whole end',
      () => signToken({ exp: 9_999_999_999.5 }),
      'InvalidJWTToken: Token expiration time is invalid',
    ],
  ])('cannot be joined with a token that is %s', async (_, token, reason) => {
    expect(await refused(server.client({ token: await token() }).channel(randomUUID()))).toEqual(reason);
  });
});

describe('tokens signed by an asymmetric key', () => {
  it('are accepted by the key of their kid, and never as an HMAC of its public part', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'current', alg: 'ES256' };
    const realtime = await createRealtime({
      adminUrl: cluster.adminUrl,
      keys: { ...keys, jwks: { keys: [jwk] } },
    });
    await realtime.close();
    const { TokenVerifier } = await import('../../../stack/realtime/tokens.ts');
    const verifier = new TokenVerifier({ ...keys, jwks: { keys: [jwk] } });
    const claims = new SignJWT({ role: 'authenticated', sub: 'a' }).setExpirationTime('1h');
    const signed = await claims.setProtectedHeader({ alg: 'ES256', kid: 'current' }).sign(privateKey);
    expect(await verifier.verify(signed)).toMatchObject({ role: 'authenticated', subject: 'a' });
    const forged = await new SignJWT({ role: 'service_role' })
      .setExpirationTime('1h')
      .setProtectedHeader({ alg: 'HS256', kid: 'current' })
      .sign(new TextEncoder().encode(JSON.stringify(jwk)));
    await expect(verifier.verify(forged)).rejects.toThrow('Failed to validate JWT signature');
  });
});

describe('limits', () => {
  it('of channels per socket refuse the next one', () =>
    withLimits({ maxChannelsPerSocket: 2 }, async (limited) => {
      const client = limited.client();
      await joined(client.channel('a'));
      await joined(client.channel('b'));
      expect(await refused(client.channel('c'))).toBe('ChannelRateLimitReached: Too many channels');
    }));

  it('of channels per socket hold for joins sent at once', () =>
    withLimits({ maxChannelsPerSocket: 5 }, async (limited) => {
      const socket = await RawSocket.open(limited.url, `apikey=${keys.publishable}&vsn=2.0.0`);
      for (let n = 0; n < 50; n++) socket.push(String(n), String(n), `realtime:${n}`, 'phx_join');
      await socket.frames.count(50);
      expect(limited.realtime.stats().channels).toBe(5);
      socket.close();
    }));

  it('of joins per second refuse and disconnect', () =>
    withLimits({ maxJoinsPerSecond: 1 }, async (limited) => {
      const socket = await RawSocket.open(limited.url, `apikey=${keys.publishable}&vsn=2.0.0`);
      socket.push('1', '1', 'realtime:a', 'phx_join');
      socket.push('2', '2', 'realtime:b', 'phx_join');
      expect(await socket.reply('2')).toEqual({
        status: 'error',
        response: { reason: 'ClientJoinRateLimitReached: Too many joins per second' },
      });
      // Asked for at once: the limit counts the joins of one second.
      const refusal = refusedUpgrade(limited.url, `apikey=${keys.publishable}`);
      expect(await socket.closed).toEqual({ code: 1001, reason: 'disconnect' });
      expect(await refusal).toEqual({
        status: 429,
        body: { error: 'Too many joins per second' },
      });
    }));

  it('of users refuse a handshake', () =>
    withLimits({ maxConnectedUsers: 1 }, async (limited) => {
      await joined(limited.client().channel('a'));
      expect(await refusedUpgrade(limited.url, `apikey=${keys.publishable}`)).toEqual({
        status: 429,
        body: { error: 'Too many connected users' },
      });
    }));

  it('of users hold for handshakes made at once', () =>
    withLimits({ maxConnectedUsers: 3 }, async (limited) => {
      const query = `apikey=${await signToken()}&vsn=2.0.0`;
      const sockets = await Promise.allSettled(
        Array.from({ length: 20 }, () => RawSocket.open(limited.url, query)),
      );
      expect(sockets.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    }));

  it('to private channels refuse public ones', () =>
    withLimits({ privateOnly: true }, async (limited) => {
      expect(await refused(limited.client().channel('a'))).toBe(
        'PrivateOnly: This project only allows private channels',
      );
    }));

  it('of messages per second end the channel that exceeds them', () =>
    withLimits({ maxMessagesPerSecond: 3 }, async (limited) => {
      const channel = limited.client().channel('a');
      const system = systemMessagesOf(channel);
      const status = await joined(channel);
      for (let n = 0; n < 4; n++) void channel.send({ type: 'broadcast', event: 'e', payload: {} });
      await status.find((change) => change.status === 'CLOSED');
      expect(system.values).toMatchObject([{ status: 'error', message: 'Too many messages per second' }]);
    }));

  it('of presence messages per second end the channel that exceeds them', () =>
    withLimits({ maxPresenceMessagesPerSecond: 1 }, async (limited) => {
      const channel = limited.client().channel('a');
      const system = systemMessagesOf(channel);
      const status = await joined(channel);
      for (let n = 0; n < 2; n++) void channel.track({ n });
      await status.find((change) => change.status === 'CLOSED');
      expect(system.values).toMatchObject([{ message: 'Too many presence messages per second' }]);
    }));

  it('of time close sockets that are silent or have no channel', () =>
    withLimits({ idleTimeoutMs: 100 }, async (limited) => {
      const socket = await RawSocket.open(limited.url, `apikey=${keys.publishable}&vsn=2.0.0`);
      expect((await socket.closed).code).toBe(1001);
    }));

  it('of what waits for a reader that never reads cut it off', () =>
    withLimits({ cutAboveBufferedBytes: 400_000 }, async (limited) => {
      const deaf = await RawSocket.open(limited.url, `apikey=${keys.publishable}&vsn=2.0.0`);
      deaf.pause();
      const topic = 'x'.repeat(90_000); // comes back in every answer
      for (let n = 0; n < 500; n++) deaf.push('1', String(n), topic, 'event');
      await expect.poll(() => limited.realtime.stats().socketsCut, { timeout: 8_000 }).toBe(1);
      deaf.resume();
      expect((await deaf.closed).code).toBe(1006);
    }));

  it('of what waits for a slow reader drop its broadcasts and spare the others', () =>
    withLimits({ dropAboveBufferedBytes: 100_000, cutAboveBufferedBytes: 400_000 }, async (limited) => {
      const slow = await RawSocket.open(limited.url, `apikey=${keys.publishable}&vsn=2.0.0`);
      slow.push('1', '1', 'realtime:a', 'phx_join');
      await slow.reply('1');
      slow.pause();
      const channel = limited.client().channel('a');
      const sender = limited.client().channel('a', { config: { broadcast: { ack: true } } });
      const heard = broadcastsOf(channel);
      await Promise.all([joined(channel), joined(sender)]);
      const payload = { text: 'x'.repeat(300_000) };
      let sent = 0;
      for (; limited.realtime.stats().framesDropped === 0 && sent < 200; sent++)
        expect(await sender.send({ type: 'broadcast', event: 'e', payload })).toBe('ok');
      expect(limited.realtime.stats()).toMatchObject({ framesDropped: 1 });
      await heard.count(sent);
      slow.resume();
      slow.close();
    }));
});
