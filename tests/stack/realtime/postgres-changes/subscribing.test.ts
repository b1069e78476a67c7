import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RealtimeChannel } from '@supabase/supabase-js';
import { joined, systemMessagesOf } from '../channels.ts';
import { startTestCluster, startTestServer, type TestCluster, type TestServer } from '../harness.ts';

let cluster: TestCluster;
let server: TestServer;

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.sql(`
    create table public.tasks (id integer primary key, owner uuid, title text, secret text);
    grant select (id, owner, title) on public.tasks to authenticated, anon;
    create schema archive;
    create table archive.tasks (id integer primary key, title text);
    alter publication supabase_realtime add table public.tasks, archive.tasks;
  `);
  server = await startTestServer(cluster.adminUrl, { changesRetryMs: 200, changesRecheckMs: 200 });
});
afterAll(async () => {
  await server?.stop();
  await cluster?.stop();
});

type System = ReturnType<typeof systemMessagesOf>;
const subscribed = (system: System, times = 1) =>
  system.count(times).then((messages) =>
    expect(messages.at(-1)).toMatchObject({
      extension: 'postgres_changes',
      status: 'ok',
      message: 'Subscribed to PostgreSQL',
    }),
  );

interface Wanted {
  readonly event: '*' | 'INSERT' | 'UPDATE' | 'DELETE';
  readonly schema: string;
  readonly table?: string;
  readonly filter?: string;
  readonly select?: string[];
}

/** Listens with the official client. */
function listen(channel: RealtimeChannel, wanted: Wanted): void {
  channel.on('postgres_changes', { ...wanted, event: '*' }, () => undefined);
}

describe.each(['1.0.0', '2.0.0'] as const)('with protocol %s, a channel', (vsn) => {
  it('is subscribed to what it asked for, and told so after its join', async () => {
    const channel = server.client({ vsn }).channel(randomUUID());
    const system = systemMessagesOf(channel);
    listen(channel, { event: '*', schema: 'public', table: 'tasks' });
    listen(channel, { event: '*', schema: 'public', table: 'tasks', filter: 'id=gt.5', select: ['title'] });
    listen(channel, { event: '*', schema: '*' });
    await joined(channel);
    await subscribed(system);
    expect(system.values[0]?.channel).toBe(channel.subTopic);
  });

  it('stays joined when a table is not there, and is told which', async () => {
    const channel = server.client({ vsn }).channel(randomUUID());
    const system = systemMessagesOf(channel);
    listen(channel, { event: '*', schema: 'public', table: 'missing', filter: 'id=eq.1' });
    const status = await joined(channel);
    expect(await system.count(1)).toEqual([
      {
        extension: 'postgres_changes',
        status: 'error',
        message:
          'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect ' +
          'parameters: [event: *, schema: public, table: missing, filters: [{"id", "eq", "1", false}], select: nil]',
        channel: channel.subTopic,
      },
    ]);
    expect(status.values).toHaveLength(1);
  });
});
