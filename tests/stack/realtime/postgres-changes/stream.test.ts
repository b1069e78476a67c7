import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { CommittedTransaction } from '../../../../stack/realtime/changes/types.ts';
import { ReplicationStream, type StreamOptions } from '../../../../stack/realtime/replication/stream.ts';
import { Inbox } from '../channels.ts';
import { useCluster } from '../use-realtime.ts';

const cluster = useCluster(`create table public.entries (id integer primary key, body text);
    alter publication supabase_realtime add table public.entries`);

async function open(options: Partial<StreamOptions> = {}) {
  const transactions = new Inbox<CommittedTransaction>();
  const gaps = new Inbox<string>();
  const stream = new ReplicationStream({
    adminUrl: cluster.adminUrl,
    maxTransactionBytes: 32_000_000,
    pauseAboveBytes: 32_000_000,
    logger: { debug() {}, warn() {}, error() {} },
    isWanted: () => true,
    onTransaction: (transaction) => transactions.push(transaction),
    onGap: () => gaps.push('gap'),
    ...options,
  });
  await stream.start();
  return { stream, transactions, gaps };
}

const confirmed = async (): Promise<bigint> => {
  const [slot] = await cluster.sql(
    `select (confirmed_flush_lsn - '0/0')::text as position from pg_replication_slots`,
  );
  return BigInt(String(slot?.['position']));
};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await condition()); await setTimeout(10))
    if (Date.now() > deadline) throw new Error('It did not come about within ten seconds.');
}

it('a huge transaction arrives whole, in parts, and no more is read than fits', async () => {
  const { stream, transactions } = await open({ maxTransactionBytes: 500_000, pauseAboveBytes: 1_000_000 });
  const rows = 20_000;
  await cluster.sql(`insert into public.entries select id, md5(id::text) from generate_series(1, ${rows}) as id;
    delete from public.entries where id = 1`);
  await until(() => stream.isPaused);
  const held = transactions.values.length;
  await setTimeout(200);
  expect(transactions.values.length).toBe(held);

  const changes = [];
  for (let index = 0; changes.length < rows + 1; index++) {
    await transactions.count(index + 1);
    const transaction = transactions.values[index];
    if (!transaction) break;
    changes.push(...transaction.changes);
    stream.delivered(transaction);
  }
  const bodies = changes.slice(0, rows).map(({ row }) => row?.map(String).join(' '));
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  expect(bodies).toEqual(Array.from({ length: rows }, (_, index) => `${index + 1} ${md5(`${index + 1}`)}`));
  expect(changes.at(-1)).toMatchObject({ kind: 'DELETE', old: { whole: false } });
  expect(new Set(transactions.values.map(({ id }) => id)).size).toBe(1);
  expect(stream.isPaused).toBe(false);
  await stream.stop();
});

it('the server keeps what is not delivered, and lets go of it afterwards', async () => {
  const { stream, transactions } = await open();
  await cluster.sql(`insert into public.entries values (-1, 'a')`);
  await cluster.sql(`insert into public.entries values (-2, 'b')`);
  await transactions.count(2);
  const [first, second] = transactions.values;
  if (!first || !second) throw new Error('two transactions were counted');
  // The later one being done does not mean that the earlier one is.
  stream.delivered(second);
  await setTimeout(200);
  expect(await confirmed()).toBeLessThan(first.endLsn);
  stream.delivered(first);
  await until(async () => (await confirmed()) >= second.endLsn);
  await stream.stop();
});

it('dropped publications are made again, and the stream goes on after a gap', async () => {
  const { stream, transactions, gaps } = await open();
  await cluster.sql(
    'drop publication supabase_realtime; drop publication supabase_realtime_messages_publication',
  );
  await cluster.sql(`insert into public.entries values (-3, 'lost')`);
  await gaps.count(1);
  const publications = await cluster.sql(
    `select p.pubname as name, rolname as owner, t.tablename as table from pg_publication p join pg_roles r on r.oid = pubowner
     left join pg_publication_tables t on t.pubname = p.pubname and t.tablename !~ '\\d' order by 1`,
  );
  expect(publications).toMatchObject([
    { name: 'supabase_realtime', owner: 'postgres' },
    { name: 'supabase_realtime_messages_publication' },
  ]);
  await cluster.sql(`alter publication supabase_realtime add table public.entries`);
  await cluster.sql(`insert into public.entries values (-4, 'heard')`);
  await cluster.sql(`select realtime.send('{}', 'event', 'topic', false)`);
  await transactions.count(2);
  const seen = transactions.values.flatMap(({ changes }) => changes.map(({ relation }) => relation.schema));
  expect(seen).toEqual(['public', 'realtime']);
  await stream.stop();
});
