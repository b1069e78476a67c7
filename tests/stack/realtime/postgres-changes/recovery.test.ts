import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { broadcastsOf, joined } from '../channels.ts';
import { keys, signToken, startTestServer } from '../harness.ts';
import { RawSocket } from '../raw-socket.ts';
import { listen, person, values } from './listening.ts';
import { useCluster } from '../use-realtime.ts';

const cluster = useCluster(`
    create table public.events (id integer primary key, owner uuid, body text);
    alter table public.events enable row level security;
    grant select on public.events to authenticated;
    create policy events_select on public.events for select to authenticated using (owner = (select auth.uid()));
    alter publication supabase_realtime add table public.events;
  `);

const insert = (id: number, owner: string, body = '') =>
  cluster.sql('insert into public.events values ($1, $2, $3)', [id, owner, body]);
const terminate = (application: string) =>
  cluster.sql('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
    application,
  ]);

/** The server tries to reach Postgres again at longer and longer intervals, the longest of 7.5 seconds. */
const reconnectMs = 20_000;

it('a restart of Postgres makes listeners rejoin, and changes flow again', { timeout: 90_000 }, async () => {
  const server = await startTestServer(cluster.adminUrl);
  const ana = await person();
  const listening = await listen(server, { table: 'events' }, { token: ana.token, reconnectAfterMs: 50 });
  await insert(1, ana.id);
  await listening.changes.count(1);
  await cluster.restart();
  await listening.status.count(3, reconnectMs);
  expect(listening.status.values.map(({ status }) => status)).toEqual([
    'SUBSCRIBED',
    'CHANNEL_ERROR',
    'SUBSCRIBED',
  ]);
  const [first] = listening.system.values;
  await listening.system.find(
    (message) => message.status === 'ok' && message !== first,
    'the next subscription',
    reconnectMs,
  );
  await insert(2, ana.id);
  await listening.changes.count(2);
  expect(values(listening, 'id')).toEqual([1, 2]);
  await server.stop();
});

it('lost look-up connections lose no change', async () => {
  const server = await startTestServer(cluster.adminUrl);
  const ana = await person();
  const listening = await listen(server, { table: 'events' }, { token: ana.token });
  for (let id = 10; id < 20; id++) {
    await insert(id, ana.id);
    await terminate('tandem_realtime_visibility');
  }
  await listening.changes.count(10);
  expect(values(listening, 'id')).toEqual(Array.from({ length: 10 }, (_, index) => 10 + index));
  expect(listening.status.values).toHaveLength(1);
  await server.stop();
});

it('a policy that takes for ever makes its own listener rejoin; the others get their changes', async () => {
  const server = await startTestServer(cluster.adminUrl, { lookUpTimeoutMs: 1_500 });
  const [ana, ben] = [await person(), await person()];
  await cluster.sql(`create policy events_slow on public.events for select to authenticated
    using ((select auth.uid()) = '${ben.id}' and (select pg_sleep(60)) is not null)`);
  const slow = await listen(server, { table: 'events' }, { token: ben.token, reconnectAfterMs: 60_000 });
  const listening = await listen(server, { table: 'events' }, { token: ana.token });
  await insert(30, ana.id);
  await listening.changes.count(1);
  await slow.status.find(({ status }) => status === 'CHANNEL_ERROR', 'the error');
  expect(slow.changes.values).toEqual([]);
  await cluster.sql('drop policy events_slow on public.events');
  await server.stop();
});

it('a reader that does not keep up is cut off, and holds nobody up', async () => {
  const server = await startTestServer(cluster.adminUrl, {
    dropAboveBufferedBytes: 50_000,
    cutAboveBufferedBytes: 200_000,
  });
  const ana = await person();
  const slow = await RawSocket.open(server.url, `apikey=${keys.publishable}&vsn=2.0.0`);
  const binding = { event: '*', schema: 'public', table: 'events' };
  const token = await signToken({ sub: ana.id });
  slow.push('1', '1', 'realtime:slow', 'phx_join', {
    config: { postgres_changes: [binding] },
    access_token: token,
  });
  await slow.frames.find((frame) => 'event' in frame && frame.event === 'system', 'the subscription');
  const listening = await listen(server, { table: 'events', event: 'INSERT' }, { token: ana.token });
  slow.pause();
  const body = 'x'.repeat(100_000);
  for (let count = 1; count <= 100; count++) {
    await insert(99 + count, ana.id, body);
    await listening.changes.count(count);
  }
  expect(server.realtime.stats().socketsCut).toBe(1);
  slow.resume();
  await slow.closed;
  await server.stop();
});

it('a table dropped, renamed or emptied in the middle of it all stops nothing', async () => {
  const server = await startTestServer(cluster.adminUrl);
  const ana = await person();
  const listening = await listen(server, { table: 'events', event: 'INSERT' }, { token: ana.token });
  await cluster.sql(`create table public.passing (id integer primary key); alter table public.passing enable row level security;
    grant select on public.passing to authenticated; create policy p on public.passing for select using (id > 0);
    alter publication supabase_realtime add table public.passing`);
  const passing = await listen(server, { table: 'passing' }, { token: ana.token });
  for (let id = 300; id < 320; id++) {
    await cluster.sql('insert into public.passing values ($1)', [id]);
    await insert(id, ana.id);
    // Asked about while the table is still as it was.
    if (id === 300) await passing.changes.count(1);
    if (id === 305)
      await cluster.sql(
        'alter table public.passing rename to passed; alter table public.passed rename to passing',
      );
    if (id === 310) await cluster.sql('truncate public.passing');
    if (id === 315) await cluster.sql('drop table public.passing; create table public.passing (id integer)');
  }
  await listening.changes.count(20);
  expect(values(listening, 'id')).toEqual(Array.from({ length: 20 }, (_, index) => 300 + index));
  expect(values(passing, 'id')).toContain(300);
  await server.stop();
});

it('broadcasts are not held up by listeners to changes that went away', async () => {
  const server = await startTestServer(cluster.adminUrl);
  const ana = await person();
  const topic = randomUUID();
  const listening = await listen(server, { table: 'events' }, { token: ana.token });
  const channel = listening.client.channel(topic);
  const heard = broadcastsOf(channel);
  await joined(channel);
  await insert(400, ana.id);
  await listening.channel.unsubscribe();
  await cluster.sql(`select realtime.send('{}', 'e', $1, false)`, [topic]);
  await heard.count(1);
  await server.stop();
});
