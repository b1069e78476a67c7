import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { broadcastsOf, joined } from './channels.ts';
import { keys, signToken, startTestServer } from './harness.ts';
import { roomPolicies } from './policies.ts';
import { useRealtime } from './use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: roomPolicies,
  limits: { maxPayloadBytes: 10_000, maxFrameBytes: 50_000 },
});

async function listen(topic: string, options: { private?: boolean; vsn?: '1.0.0' | '2.0.0' } = {}) {
  const { private: isPrivate = false, vsn = '2.0.0' } = options;
  const client = server.client({ key: isPrivate ? keys.secret : keys.publishable, vsn });
  const channel = client.channel(topic, { config: { private: isPrivate } });
  const heard = broadcastsOf(channel);
  await joined(channel);
  return heard;
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/realtime/v1${path}`, {
    method: 'POST',
    headers: { apikey: keys.publishable, 'content-type': 'application/json', ...headers },
    body,
  });
const batch = (messages: unknown, headers?: Record<string, string>) =>
  post('/api/broadcast', JSON.stringify({ messages }), headers);

describe('the batch endpoint', () => {
  it.each(['1.0.0', '2.0.0'] as const)(
    'serves channels that send before they joined, for %s',
    async (vsn) => {
      const topic = randomUUID();
      const heard = await listen(topic, { vsn });
      const channel = server.client().channel(topic);
      expect(await channel.send({ type: 'broadcast', event: 'early', payload: { a: 'ü' } })).toBe('ok');
      await heard.count(1);
      expect(heard.values).toEqual([{ type: 'broadcast', event: 'early', payload: { a: 'ü' } }]);
    },
  );

  it('answers 202 and drops private messages whose sender may not write', async () => {
    const topic = randomUUID();
    const heard = await listen(topic, { private: true });
    const message = { topic, event: 'e', payload: {}, private: true };
    expect((await batch([message])).status).toBe(202);
    expect((await batch([{ ...message, event: 'allowed' }], { apikey: keys.secret })).status).toBe(202);
    await heard.count(1);
    expect(heard.values.map(({ event }) => event)).toEqual(['allowed']);
  });

  it('names every field that is wrong', async () => {
    const response = await batch([
      { topic: 't', event: 'e', payload: {} },
      { topic: 5, private: 'x' },
    ]);
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      errors: {
        messages: [
          {},
          {
            topic: ["can't be blank"],
            event: ["can't be blank"],
            payload: ["can't be blank"],
            private: ['is invalid'],
          },
        ],
      },
    });
    for (const body of ['{', 'null', '[]', '{"messages":{}}'])
      expect((await post('/api/broadcast', body)).status).toBe(422);
  });

  it('refuses payloads and bodies that are too large', async () => {
    const payload = 'x'.repeat(20_000);
    expect((await batch([{ topic: 't', event: 'e', payload }])).status).toBe(422);
    expect((await post('/api/broadcast', 'x'.repeat(100_000))).status).toBe(422);
  });

  it('answers browsers on other origins', async () => {
    const preflight = await fetch(`${server.url}/realtime/v1/api/broadcast`, {
      method: 'OPTIONS',
      headers: { origin: 'http://other', 'access-control-request-method': 'POST' },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toBe(
      'authorization, apikey, content-type, x-client-info',
    );
    expect((await batch([])).headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('the endpoint of one event', () => {
  it('takes JSON and bytes from httpSend', async () => {
    const topic = `a/b ${randomUUID()}`;
    const heard = await listen(topic);
    const channel = server.client().channel(topic);
    expect(await channel.httpSend('odd / ümlaut', { a: 1 })).toEqual({ success: true });
    expect(await channel.httpSend('bytes', new Uint8Array([1, 0, 255]))).toEqual({ success: true });
    await heard.count(2);
    expect(heard.values[0]).toEqual({ type: 'broadcast', event: 'odd / ümlaut', payload: { a: 1 } });
    const bytes = heard.values[1]?.payload;
    expect(bytes instanceof ArrayBuffer ? [...new Uint8Array(bytes)] : null).toEqual([1, 0, 255]);
  });

  it('asks the policies for private channels', async () => {
    const [topic, user] = [randomUUID(), randomUUID()];
    await cluster.sql('insert into room_members values ($1, $2)', [topic, user]);
    const heard = await listen(topic, { private: true });
    const config = { config: { private: true } };
    const member = server.client({ token: await signToken({ sub: user }) }).channel(topic, config);
    expect(await member.httpSend('e', {})).toEqual({ success: true });
    const stranger = server.client({ token: await signToken({ sub: randomUUID() }) }).channel(topic, config);
    await expect(stranger.httpSend('e', {})).rejects.toThrow('Unauthorized');
    await heard.count(1);
  });

  it('refuses other types, broken JSON and broken addresses', async () => {
    const path = '/api/broadcast/t/events/e';
    expect((await post(path, 'x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(path, '{')).status).toBe(422);
    expect((await post('/api/broadcast/%E0%A4%A/events/e', '{}')).status).toBe(422);
    expect((await post(path, JSON.stringify('x'.repeat(20_000)))).status).toBe(422);
  });
});

it('requests without a valid key are refused', async () => {
  const headerSets: Record<string, string>[] = [
    { apikey: '' },
    { apikey: 'x' },
    { authorization: 'Bearer nonsense' },
  ];
  for (const headers of headerSets) {
    const response = await batch([], headers);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ message: 'Unauthorized' });
  }
  const signedBearer = { apikey: 'x', authorization: `Bearer ${await signToken()}` };
  expect((await batch([], signedBearer)).status).toBe(202);
});

it('too many messages are refused', async () => {
  const limited = await startTestServer(cluster.adminUrl, { maxMessagesPerSecond: 1 });
  const messages = [1, 2].map(() => ({ topic: 't', event: 'e', payload: {} }));
  const response = await fetch(`${limited.url}/realtime/v1/api/broadcast`, {
    method: 'POST',
    headers: { apikey: keys.publishable },
    body: JSON.stringify({ messages }),
  });
  expect(response.status).toBe(429);
  await limited.stop();
});

it('other paths are left to others, and unknown ones below the mount are not found', async () => {
  const status = async (path: string, method = 'GET') =>
    (await fetch(`${server.url}${path}`, { method })).status;
  expect(await status('/realtime/v1/api/ping')).toBe(200);
  expect(await status('/realtime/v1/healthcheck')).toBe(200);
  expect(await status('/realtime/v1/nothing')).toBe(404);
  expect(await status('/realtime/v1/api/broadcast')).toBe(404);
  expect(await status('/realtime/v10')).toBe(404);
});
