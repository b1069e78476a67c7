import { randomUUID } from 'node:crypto';
import { postgresChangesFilter, type RealtimeChannel } from '@supabase/supabase-js';
import { describe, expect, it } from 'vitest';
import { Inbox, joined, refused, systemMessagesOf } from '../channels.ts';
import { keys, renewToken, signToken } from '../harness.ts';
import { RawSocket } from '../raw-socket.ts';
import { useRealtime } from '../use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: `
    create table public.tasks (
      id integer primary key, owner text, title text, secret text, words integer generated always as (length(title)) stored
    );
    grant select (id, owner, title, words) on public.tasks to authenticated, anon;
    create schema archive;
    create table archive.tasks (id integer primary key, title text);
    grant usage on schema archive to anon;
    grant select on archive.tasks to anon;
    alter publication supabase_realtime add table public.tasks, archive.tasks;
  `,
  limits: { changesRetryMs: 200, changesRecheckMs: 200 },
});

interface Wanted {
  readonly event: '*' | 'INSERT' | 'UPDATE' | 'DELETE';
  readonly schema: string;
  readonly table?: string;
  readonly filter?: string | ReturnType<typeof postgresChangesFilter>;
  readonly select?: string[];
}
const tasks: Wanted = { event: '*', schema: 'public', table: 'tasks' };

interface Heard {
  readonly name: string;
  readonly change: {
    readonly eventType: string;
    readonly table: string;
    readonly new: object;
    readonly old: object;
  };
}

/** Listens with the official client, each binding by a name. */
function listen(channel: RealtimeChannel, bindings: Record<string, Wanted>): Inbox<Heard> {
  const heard = new Inbox<Heard>();
  for (const [name, wanted] of Object.entries(bindings))
    channel.on('postgres_changes', { ...wanted, event: wanted.event as '*' }, (change) =>
      heard.push({ name, change }),
    );
  return heard;
}

const isOk = (message: { status: string }) => message.status === 'ok';

describe.each(['1.0.0', '2.0.0'] as const)('over protocol %s, a channel', (vsn) => {
  it('hears through each of its bindings what that asked for', async () => {
    const channel = server.client({ vsn }).channel(randomUUID());
    const system = systemMessagesOf(channel);
    const heard = listen(channel, {
      all: tasks,
      inserts: { ...tasks, event: 'INSERT' },
      mine: { ...tasks, filter: postgresChangesFilter().eq('owner', 'a, "b"').gt('id', 1) },
      chosen: { ...tasks, filter: 'owner=in.("a, \\"b\\"",c)', select: ['title'] },
      long: { ...tasks, filter: 'words=gte.4' },
      likely: { ...tasks, filter: 'title=ilike.%RED%' },
      everything: { event: '*', schema: '*' },
      others: { event: '*', schema: 'archive', table: 'tasks' },
    });
    await joined(channel);
    await system.find(isOk);
    expect(system.values).toEqual([
      {
        extension: 'postgres_changes',
        status: 'ok',
        message: 'Subscribed to PostgreSQL',
        channel: channel.subTopic,
      },
    ]);
    await cluster.sql(`insert into public.tasks values (1, 'a, "b"', 'red'), (2, 'a, "b"', 'blue')`);
    await cluster.sql(`update public.tasks set owner = 'c' where id = 2`);
    await cluster.sql(`delete from public.tasks`);
    await cluster.sql(`insert into archive.tasks values (1)`);
    await heard.find(({ name }) => name === 'others');
    const of = (wanted: string) =>
      heard.values
        .filter(({ name }) => name === wanted)
        .map(
          ({ change }) => `${change.eventType} ${Object.entries({ ...change.old, ...change.new }).flat()[1]}`,
        );
    expect(of('all')).toEqual(['INSERT 1', 'INSERT 2', 'UPDATE 2', 'DELETE 1', 'DELETE 2']);
    expect(of('inserts')).toEqual(['INSERT 1', 'INSERT 2']);
    // Of a deleted row only the key is known, so that a filter on other columns cannot let it through.
    expect([of('mine'), of('long'), of('likely')]).toEqual([
      ['INSERT 2'],
      ['INSERT 2', 'UPDATE 2'],
      ['INSERT 1'],
    ]);
    expect(of('everything')).toHaveLength(6);
    expect(heard.values.find(({ name }) => name === 'chosen')?.change.new).toEqual({ id: 1, title: 'red' });
    await channel.unsubscribe();
    await cluster.sql(`truncate archive.tasks`);
  });

  it('stays joined when a table is not there, and is told which', async () => {
    const channel = server.client({ vsn }).channel(randomUUID());
    const system = systemMessagesOf(channel);
    listen(channel, { missing: { ...tasks, table: 'missing', filter: 'id=eq.1' } });
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

  it('is subscribed anew by a new token, with the rights of that', async () => {
    const client = server.client({ vsn, token: await signToken({ sub: randomUUID() }) });
    const channel = client.channel(randomUUID());
    const system = systemMessagesOf(channel);
    listen(channel, { tasks });
    await joined(channel);
    await renewToken(client, await signToken({ sub: randomUUID() }));
    expect((await system.count(2)).map(({ status }) => status)).toEqual(['ok', 'ok']);
    await renewToken(client, await signToken({ role: 'supabase_admin' }));
    expect((await system.count(3))[2]).toMatchObject({
      status: 'error',
      message: expect.stringContaining(
        'ERROR 42501 (insufficient_privilege) permission denied to set role "supabase_admin"',
      ),
    });
  });

  it('that is to wait is joined when it is subscribed, and refused when it cannot be', async () => {
    const options = { config: { postgres_changes_options: { wait: true, timeout: 5_000 } } };
    const client = server.client({ vsn });
    const channel = client.channel(randomUUID(), options);
    const heard = listen(channel, { tasks });
    await joined(channel);
    await cluster.sql(`insert into archive.tasks values (5)`);
    await cluster.sql(`insert into public.tasks values (50)`);
    await heard.count(1);
    await cluster.sql(`delete from public.tasks`);
    const hopeless = client.channel(randomUUID(), options);
    listen(hopeless, { none: { ...tasks, filter: 'id=foo.1' } });
    expect(await refused(hopeless)).toBe(
      'RealtimeDisabledForConfiguration: Error parsing `filter` params: ["foo", "1"]',
    );
    await cluster.sql(`truncate archive.tasks`);
  });
});

/** Joins with any payload and gives the answer and the system message that follows it. */
async function join(postgres_changes: unknown, options: object = {}) {
  const socket = await RawSocket.open(server.url, `apikey=${keys.publishable}&vsn=2.0.0`);
  const topic = `realtime:${randomUUID()}`;
  socket.push('1', '1', topic, 'phx_join', { config: { postgres_changes, ...options } });
  const reply = await socket.reply('1');
  const isSystem = (frame: object) => 'event' in frame && frame.event === 'system';
  return { socket, reply, system: () => socket.frames.find(isSystem, 'a system message') };
}

describe('the answer to a join', () => {
  it('has every binding as it was sent, in its place, with a number that equal ones share', async () => {
    const sent = [
      { event: 'insert', schema: 'public', table: 'tasks', filter: 'id=eq.1' },
      { schema: 'public', event: '*', extra: { nested: [1, null] } },
      { filter: 'id=eq.1', table: 'tasks', schema: 'public', event: 'insert' },
      { event: '*', schema: 'public', table: 'tasks', select: ['id'], id: 'mine' },
    ];
    const { reply, socket } = await join(sent);
    const echoed = (number: number, index: number) => ({ ...sent[index], id: number });
    expect(reply).toEqual({ status: 'ok', response: { postgres_changes: [1, 2, 1, 3].map(echoed) } });
    // The answer comes first, and no message is lost between it and the subscription.
    expect(socket.frames.values.map((frame) => 'event' in frame && frame.event)).toEqual(
      ['phx_reply', 'system'].slice(0, socket.frames.values.length),
    );
    socket.close();
  });

  it.each<[string, unknown, string]>([
    [
      'a text',
      ['x'],
      'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: "x"',
    ],
    [
      'no table',
      [{ event: '*' }],
      'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{"event" => "*"}',
    ],
    [
      'a filter without a table',
      [{ schema: 'public', filter: 'id=eq.1' }],
      'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{"filter" => "id=eq.1", "schema" => "public"}',
    ],
    [
      'a text as select',
      [{ ...tasks, select: 'id' }],
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    ],
    [
      'select of many tables',
      [{ event: '*', schema: 'public', select: ['id'] }],
      'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
    ],
    [
      'an unknown column',
      [tasks, { ...tasks, filter: 'nothing=eq.1' }],
      'ERROR P0001 (raise_exception) invalid column for filter nothing',
    ],
    [
      'a secret column',
      [{ ...tasks, filter: 'secret=eq.1' }],
      'ERROR P0001 (raise_exception) invalid column for filter secret',
    ],
    [
      'a secret column to be sent',
      [{ ...tasks, select: ['secret'] }],
      'ERROR P0001 (raise_exception) invalid column for select secret',
    ],
    [
      'a value of another type',
      [{ ...tasks, filter: 'id=eq.abc' }],
      'ERROR 22P02 (invalid_text_representation) invalid input syntax for type integer: "abc"',
    ],
    [
      'a list that is none',
      [{ ...tasks, filter: 'id=in.({1)' }],
      'ERROR 22P02 (invalid_text_representation) malformed array literal: "{{1}"',
    ],
    [
      'too long a list',
      [{ ...tasks, filter: `id=in.(${Array.from({ length: 101 }, (_, index) => index)})` }],
      'too many values for `in` filter. Maximum 100',
    ],
    [
      'a pattern for numbers',
      [{ ...tasks, filter: 'id=like.1%' }],
      'operator like requires a text-compatible column type, got integer',
    ],
    [
      'a broken pattern',
      [{ ...tasks, filter: 'title=match.(' }],
      'invalid regular expression for match filter: invalid regular expression: parentheses () not balanced',
    ],
    [
      'an unknown word after is',
      [{ ...tasks, filter: 'title=is.nothing' }],
      'invalid value for is filter: must be null, true, false, or unknown',
    ],
    [
      'a truth value of a text',
      [{ ...tasks, filter: 'title=is.true' }],
      'argument of IS TRUE must be type boolean, not type text',
    ],
    [
      'a table in every schema that is not in each',
      [{ event: '*', schema: '*', table: '*', filter: 'owner=eq.1' }],
      'invalid column for filter owner',
    ],
  ])('is ok for %s, and what is wrong follows', async (_, sent, message) => {
    const { reply, system, socket } = await join(sent);
    expect(reply).toMatchObject({ status: 'ok' });
    expect(await system()).toMatchObject({
      joinRef: '1',
      payload: { extension: 'postgres_changes', status: 'error', message: expect.stringContaining(message) },
    });
    await socket.heartbeat();
    socket.close();
  });

  it('is an error when it was to wait and the time is over', async () => {
    // So many that the database never has them checked within a millisecond.
    const many = Array.from({ length: 10_000 }, (_, id) => ({ ...tasks, filter: `id=eq.${id}` }));
    const { reply, socket } = await join(many, { postgres_changes_options: { wait: true, timeout: 1 } });
    expect(reply).toMatchObject({
      status: 'error',
      response: {
        reason:
          'PostgresChangesSubscribeTimeout: Timed out after 1ms waiting for the postgres_changes subscription',
      },
    });
    socket.close();
  });
});

describe('a subscription outlives', () => {
  it('tables that go and come back, saying so', async () => {
    await cluster.sql(`create table public.passing (id integer primary key, word text);
      grant select on public.passing to anon; alter publication supabase_realtime add table public.passing`);
    const [channel, other] = [server.client().channel(randomUUID()), server.client().channel(randomUUID())];
    const [system, otherSystem] = [systemMessagesOf(channel), systemMessagesOf(other)];
    const passing = { ...tasks, table: 'passing' };
    const heard = listen(channel, { passing: { ...passing, filter: 'word=eq.5' } });
    listen(other, { tasks });
    await joined(channel);
    await joined(other);
    await system.count(1);
    const steps: [string, string][] = [
      ['alter table public.passing rename to moved', 'error'],
      ['alter table public.moved rename to passing', 'ok'],
      ['alter table public.passing rename word to term', 'error'],
      ['alter table public.passing rename term to word', 'ok'],
      ['revoke select on public.passing from anon', 'error'],
      ['grant select on public.passing to anon', 'ok'],
      ['alter publication supabase_realtime drop table public.passing', 'error'],
      ['alter publication supabase_realtime add table public.passing', 'ok'],
      ['alter table public.passing alter word type integer using 1', 'ok'],
      ['drop table public.passing', 'error'],
    ];
    let told = 1;
    for (const [statement, status] of steps) {
      await cluster.sql(statement);
      // A change of type goes on in silence: the filter fits the new type as well.
      if (!statement.includes(' type '))
        expect((await system.count(++told)).at(-1)).toMatchObject({ status });
      else {
        for (let id = 1; heard.values.length === 0; id++) {
          await cluster.sql(`insert into public.passing values ($1, 5)`, [id]);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    }
    expect(otherSystem.values).toHaveLength(1);
  });

  it('a database that is away, trying again', async () => {
    const channel = server.client({ reconnectAfterMs: 50 }).channel(randomUUID());
    const heard = listen(channel, { tasks });
    const system = systemMessagesOf(channel);
    await joined(channel);
    await system.find(isOk);
    await cluster.restart();
    await system.find(
      (message) => message.status === 'ok' && message !== system.values[0],
      'the next subscription',
      20_000,
    );
    await cluster.sql(`insert into public.tasks values (70)`);
    await heard.count(1);
  });
});
