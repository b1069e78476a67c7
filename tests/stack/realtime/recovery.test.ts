import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { broadcastsOf, joined } from './channels.ts';
import { keys, startTestServer, type TestServer } from './harness.ts';
import { RawSocket } from './raw-socket.ts';
import { useCluster } from './use-realtime.ts';

const cluster = useCluster();

const privateChannel = (server: TestServer, topic: string) =>
  server
    .client({ key: keys.secret, reconnectAfterMs: 50 })
    .channel(topic, { config: { private: true, broadcast: { ack: true } } });

const send = (topic: string, event: string) =>
  cluster.sql(`select realtime.send('{}', $1, $2)`, [event, topic]);

/** The server tries to reach Postgres again at longer and longer intervals, the longest of 7.5 seconds. */
const reconnectMs = 20_000;

it(
  'a restart of Postgres makes channels rejoin, and broadcasts flow again',
  { timeout: 90_000 },
  async () => {
    const server = await startTestServer(cluster.adminUrl);
    const topic = randomUUID();
    const channel = privateChannel(server, topic);
    const heard = broadcastsOf(channel);
    const status = await joined(channel);
    await send(topic, 'before');
    await heard.find(({ event }) => event === 'before');

    await cluster.restart();
    await status.find((change) => change.status === 'CHANNEL_ERROR', 'the error', reconnectMs);
    await status.count(3, reconnectMs);
    expect(status.values.map((change) => change.status)).toEqual([
      'SUBSCRIBED',
      'CHANNEL_ERROR',
      'SUBSCRIBED',
    ]);
    expect(server.realtime.stats()).toMatchObject({ replicationGaps: 1, replicationLive: true });

    await send(topic, 'after');
    await heard.find(({ event }) => event === 'after');
    expect(await channel.send({ type: 'broadcast', event: 'e', payload: {} })).toBe('ok');
    await server.stop();
  },
);

it('a killed walsender is a gap like any other', async () => {
  const server = await startTestServer(cluster.adminUrl);
  const channel = privateChannel(server, randomUUID());
  const status = await joined(channel);
  await cluster.sql(`select pg_terminate_backend(pid) from pg_stat_replication`);
  await status.count(3, reconnectMs);
  expect(status.values.map((change) => change.status)).toEqual(['SUBSCRIBED', 'CHANNEL_ERROR', 'SUBSCRIBED']);
  await server.stop();
});

it('killed connections of the pool cost no join', async () => {
  const server = await startTestServer(cluster.adminUrl);
  await joined(privateChannel(server, randomUUID()));
  await cluster.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tandem_realtime'`,
  );
  await joined(privateChannel(server, randomUUID()));
  await server.stop();
});

it('a restart of the server brings clients back by themselves', async () => {
  const first = await startTestServer(cluster.adminUrl);
  const topic = randomUUID();
  const channel = privateChannel(first, topic);
  const heard = broadcastsOf(channel);
  const status = await joined(channel);
  const raw = await RawSocket.open(first.url, `apikey=${keys.publishable}&vsn=2.0.0`);
  raw.push('1', '1', 'realtime:x', 'phx_join');
  await raw.reply('1');

  await first.restart();
  expect(await raw.closed).toEqual({ code: 1012, reason: 'restart' });
  expect(raw.frames.values.at(-1)).toMatchObject({
    event: 'system',
    payload: { status: 'ok', message: 'Server requested disconnect', channel: 'x' },
  });
  await status.find((change) => status.values.length >= 3 && change.status === 'SUBSCRIBED');
  await status.count(3);
  expect(status.values.at(-1)?.status).toBe('SUBSCRIBED');
  await send(topic, 'after');
  await heard.find(({ event }) => event === 'after');
  await first.stop();
});

it('a stopped server leaves no slot and no connection behind', async () => {
  const server = await startTestServer(cluster.adminUrl);
  await joined(privateChannel(server, randomUUID()));
  await server.stop();
  const left = () =>
    cluster.sql(
      `select application_name from pg_stat_activity where application_name like 'tandem_realtime%'
       union all select slot_name from pg_replication_slots`,
    );
  // Backends end a moment after their client.
  for (const deadline = Date.now() + 5_000; (await left()).length > 0 && Date.now() < deadline;);
  expect(await left()).toEqual([]);
});

it('a database without the schema is refused at the start', async () => {
  await cluster.sql('create database empty');
  const url = new URL(cluster.adminUrl);
  url.pathname = '/empty';
  await expect(startTestServer(url.href)).rejects.toThrow(/realtime/);
});
