import { randomUUID } from 'node:crypto';
import type { RealtimeChannel, RealtimePostgresChangesPayload, SupabaseClient } from '@supabase/supabase-js';
import { Inbox, joined, systemMessagesOf, type StatusChange } from '../channels.ts';
import { signToken, type TestServer } from '../harness.ts';

export type Change = RealtimePostgresChangesPayload<Record<string, unknown>>;

export interface Listening {
  readonly client: SupabaseClient;
  readonly channel: RealtimeChannel;
  readonly changes: Inbox<Change>;
  readonly system: ReturnType<typeof systemMessagesOf>;
  readonly status: Inbox<StatusChange>;
}

interface Wanted {
  readonly table: string;
  readonly filter?: string;
  readonly event?: '*' | 'INSERT' | 'UPDATE' | 'DELETE';
  readonly topic?: string;
}

/** Listens to the changes of a table with the official client; resolves once subscribed. */
export async function listen(
  server: TestServer,
  { table, filter, event = '*', topic = randomUUID() }: Wanted,
  options: Parameters<TestServer['client']>[0] = {},
): Promise<Listening> {
  const client = server.client(options);
  const channel = client.channel(topic);
  const changes = new Inbox<Change>();
  const wanted = { schema: 'public', table, ...(filter === undefined ? {} : { filter }) };
  channel.on('postgres_changes', { ...wanted, event: event as '*' }, (change: Change) =>
    changes.push(change),
  );
  const system = systemMessagesOf(channel);
  const status = await joined(channel);
  await system.find(
    ({ extension, status: word }) => extension === 'postgres_changes' && word === 'ok',
    'the subscription',
  );
  return { client, channel, changes, system, status };
}

export interface Person {
  readonly id: string;
  readonly token: string;
}

export async function person(claims: Record<string, unknown> = {}): Promise<Person> {
  const id = randomUUID();
  return { id, token: await signToken({ sub: id, ...claims }) };
}

/** The row as it is now; of a delete what is known of it. */
export const rowOf = (change: Change): Record<string, unknown> =>
  change.eventType === 'DELETE' ? change.old : change.new;

/** The values of one column, of what came so far. */
export const values = ({ changes }: Listening, column: string): unknown[] =>
  changes.values.map((change) => rowOf(change)[column]);
