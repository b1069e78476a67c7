import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { broadcastsOf, joined, systemMessagesOf } from '../channels.ts';
import { keys } from '../harness.ts';
import { listen, person } from './listening.ts';
import { useRealtime } from '../use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: `
    create table public.steps (id integer primary key, owner uuid);
    create table public.slow_steps (id integer primary key);
    alter table public.steps enable row level security;
    alter table public.slow_steps enable row level security;
    grant select on public.steps, public.slow_steps to authenticated;
    create policy steps_select on public.steps for select to authenticated using (owner = (select auth.uid()));
    create policy slow_select on public.slow_steps for select to authenticated using ((select pg_sleep(0.7)) is not null);
    alter publication supabase_realtime add table public.steps, public.slow_steps;
  `,
});

describe.each(['1.0.0', '2.0.0'] as const)('with protocol %s', (vsn) => {
  it('one socket gets changes and broadcasts in the order of their commits', async () => {
    const ana = await person();
    await cluster.sql('truncate public.steps');
    const topic = randomUUID();
    const client = server.client({ vsn, token: ana.token });
    const order: number[] = [];
    const broadcasts = client.channel(topic);
    broadcasts.on('broadcast', { event: 'step' }, ({ payload }) => order.push(payload['n']));
    const changes = client.channel(randomUUID());
    changes.on('postgres_changes', { event: '*', schema: 'public', table: 'steps' }, ({ new: row }) =>
      order.push(Number('id' in row && row['id'])),
    );
    const system = systemMessagesOf(changes);
    await Promise.all([joined(broadcasts), joined(changes), system.count(1)]);

    const writer = new Client({ connectionString: cluster.adminUrl });
    await writer.connect();
    const steps = 120;
    for (let n = 0; n < steps; n += 3) {
      // A transaction with a change between two broadcasts, then one with a broadcast alone.
      await writer.query('begin');
      await writer.query('insert into public.steps values ($1, $2)', [n, ana.id]);
      await writer.query(`select realtime.send(jsonb_build_object('n', $1::int), 'step', $2, false)`, [
        n + 1,
        topic,
      ]);
      await writer.query('commit');
      await writer.query(`select realtime.send(jsonb_build_object('n', $1::int), 'step', $2, false)`, [
        n + 2,
        topic,
      ]);
    }
    await writer.end();
    for (const deadline = Date.now() + 8_000; order.length < steps && Date.now() < deadline;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual(Array.from({ length: steps }, (_, n) => n));
  });
});

it('a socket that listens to no changes does not wait for anybody’s policy', async () => {
  const topic = randomUUID();
  const [plain, both] = [
    server.client(),
    await listen(server, { table: 'slow_steps' }, { token: (await person()).token }),
  ];
  const channels = [plain.channel(topic), both.client.channel(topic)];
  const heard = channels.map((channel) => broadcastsOf(channel));
  await Promise.all(channels.map(joined));
  const arrivals: string[] = [];
  const note = (name: string) => () => arrivals.push(name);
  const waits = [
    heard[0]?.count(1).then(note('plain')),
    heard[1]?.count(1).then(note('behind the change')),
    both.changes.count(1).then(note('change')),
  ];
  await cluster.sql('insert into public.slow_steps values (1)');
  await cluster.sql(`select realtime.send('{}', 'e', $1, false)`, [topic]);
  await Promise.all(waits);
  expect(arrivals[0]).toBe('plain');
});

it('many changes of one transaction arrive whole and in order', async () => {
  const ana = await person();
  const { changes } = await listen(server, { table: 'steps', event: 'INSERT' }, { token: ana.token });
  await cluster.sql('insert into public.steps select n, $1 from generate_series(1000, 1999) as n', [ana.id]);
  const got = await changes.count(1_000);
  expect(got.map((change) => Number((change.new as { id: number }).id))).toEqual(
    Array.from({ length: 1_000 }, (_, n) => 1_000 + n),
  );
});

it('a bulk of changes for somebody else does not reach, and does not stop, the others', async () => {
  const ana = await person();
  const { changes } = await listen(server, { table: 'steps', event: 'INSERT' }, { token: ana.token });
  const admin = await listen(server, { table: 'steps', event: 'INSERT' }, { key: keys.secret });
  await cluster.sql(
    'insert into public.steps select n, gen_random_uuid() from generate_series(3000, 3499) as n',
  );
  await cluster.sql('insert into public.steps values (4000, $1)', [ana.id]);
  await admin.changes.count(501);
  expect((await changes.count(1)).map((change) => (change.new as { id: number }).id)).toEqual([4000]);
});
