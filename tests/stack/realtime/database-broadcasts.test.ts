import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { broadcastsOf, joined, refused, subscribe } from './channels.ts';
import { keys } from './harness.ts';
import { useRealtime } from './use-realtime.ts';

let database: Client;

const { cluster, server } = useRealtime();
beforeAll(async () => {
  database = new Client({ connectionString: cluster.adminUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
});

const listener = (topic: string, vsn: '1.0.0' | '2.0.0' = '2.0.0', broadcast: object = {}) =>
  server.client({ key: keys.secret, vsn }).channel(topic, { config: { private: true, broadcast } });

describe.each(['1.0.0', '2.0.0'] as const)('realtime.send to protocol %s', (vsn) => {
  it('delivers event, payload and id of a committed row', async () => {
    const topic = randomUUID();
    const channel = listener(topic, vsn);
    const received = broadcastsOf(channel);
    await joined(channel);
    await database.query(`select realtime.send('{"a": [1, "ü"]}', 'changed', $1)`, [topic]);
    const [message] = await received.count(1);
    expect(message).toEqual({
      type: 'broadcast',
      event: 'changed',
      payload: { a: [1, 'ü'], id: message?.meta?.id },
      meta: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it('keeps a payload id of the caller and goes to public channels when told', async () => {
    const topic = randomUUID();
    const channel = server.client({ vsn }).channel(topic);
    const received = broadcastsOf(channel, 'changed');
    await joined(channel);
    await database.query(`select realtime.send('{"id": 7}', 'changed', $1, false)`, [topic]);
    const [message] = await received.count(1);
    expect(message?.payload).toEqual({ id: 7 });
  });

  it('delivers nothing of a transaction that is rolled back, and commits in their order', async () => {
    const topic = randomUUID();
    const channel = listener(topic, vsn);
    const received = broadcastsOf(channel);
    await joined(channel);
    await database.query('begin');
    await database.query(`select realtime.send('{}', 'rolled back', $1)`, [topic]);
    await database.query('rollback');
    await database.query(
      `select realtime.send(jsonb_build_object('n', n), 'row', $1) from generate_series(1, 200) n`,
      [topic],
    );
    await database.query(`select realtime.send('{}', 'last', $1)`, [topic]);
    await received.find(({ event }) => event === 'last');
    expect(received.values.map(({ event }) => event)).toEqual([...Array<string>(200).fill('row'), 'last']);
  });
});

describe('the functions of schema realtime', () => {
  it('send binary payloads, which only protocol 2.0.0 can carry', async () => {
    const topic = randomUUID();
    const [modern, old] = [listener(topic, '2.0.0'), listener(topic, '1.0.0')];
    const [received, receivedOld] = [broadcastsOf(modern), broadcastsOf(old)];
    await Promise.all([joined(modern), joined(old)]);
    await database.query(`select realtime.send_binary('\\x00ff10', 'bytes', $1)`, [topic]);
    await database.query(`select realtime.send('{}', 'after', $1)`, [topic]);
    await Promise.all([received.count(2), receivedOld.count(1)]);
    const bytes = received.values[0]?.payload;
    expect(bytes).toBeInstanceOf(ArrayBuffer);
    expect(bytes instanceof ArrayBuffer ? [...new Uint8Array(bytes)] : null).toEqual([0, 255, 16]);
    expect(receivedOld.values.map(({ event }) => event)).toEqual(['after']);
  });

  it('announce row changes from a trigger', async () => {
    const topic = randomUUID();
    await cluster.sql(`
      create table public.notes (id int primary key, body text);
      create function public.notes_announce() returns trigger language plpgsql security definer set search_path = '' as $$
      begin
        perform realtime.broadcast_changes('${topic}', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
        return null;
      end $$;
      create trigger notes_after_announce after insert or update or delete on public.notes
        for each row execute function public.notes_announce();`);
    const channel = listener(topic);
    const received = broadcastsOf(channel);
    await joined(channel);
    await database.query(`insert into public.notes values (1, 'a')`);
    await database.query(`update public.notes set body = 'b'`);
    await database.query(`delete from public.notes`);
    await received.count(3);
    const common = { table: 'notes', schema: 'public', id: expect.any(String) };
    expect(received.values.map(({ event, payload }) => ({ event, payload }))).toEqual([
      {
        event: 'INSERT',
        payload: { ...common, operation: 'INSERT', record: { id: 1, body: 'a' }, old_record: null },
      },
      {
        event: 'UPDATE',
        payload: {
          ...common,
          operation: 'UPDATE',
          record: { id: 1, body: 'b' },
          old_record: { id: 1, body: 'a' },
        },
      },
      {
        event: 'DELETE',
        payload: { ...common, operation: 'DELETE', record: null, old_record: { id: 1, body: 'b' } },
      },
    ]);
  });

  it('turn an announcement that cannot be made into a warning, and the write stands', async () => {
    const warnings: (string | undefined)[] = [];
    database.on('notice', ({ message }) => warnings.push(message));
    await database.query('begin');
    await database.query('set local role authenticated');
    // No insert policy admits this role.
    await database.query(`select realtime.send('{}', 'denied', 'nowhere')`);
    await database.query(`select realtime.send('[1]', 'not an object', 'nowhere')`);
    await database.query('commit');
    expect(warnings).toEqual([
      expect.stringMatching(/^WarnSendingBroadcastMessage: new row violates row-level security policy/),
      expect.stringMatching(/^WarnSendingBroadcastMessage: /),
    ]);
  });

  it('refuse what is not a row change', async () => {
    const call = (operation: string, level: string) =>
      database.query(
        `select realtime.broadcast_changes('t', 'e', $1, 'notes', 'public', null::public.notes, null::public.notes, $2)`,
        [operation, level],
      );
    await expect(call('INSERT', 'STATEMENT')).rejects.toThrow(/only be triggered for each row/);
    await expect(call('TRUNCATE', 'ROW')).rejects.toThrow(/Unexpected operation type: TRUNCATE/);
  });

  it('of the server are closed to the API roles', async () => {
    for (const role of ['anon', 'authenticated', 'service_role']) {
      await database.query('begin');
      await database.query(`set local role ${role}`);
      await expect(
        database.query(`select realtime.authorize('read', 't', '{broadcast}', 'postgres', null, '{}', '{}')`),
      ).rejects.toThrow(/permission denied/);
      await database.query('rollback');
    }
  });
});

describe('replay', () => {
  const past = () => Date.now() - 60_000;

  it.each(['1.0.0', '2.0.0'] as const)('repeats the latest messages oldest first to %s', async (vsn) => {
    const topic = randomUUID();
    for (const n of [1, 2, 3, 4])
      await database.query(`select realtime.send(jsonb_build_object('n', $1::int), 'stored', $2)`, [
        n,
        topic,
      ]);
    const channel = listener(topic, vsn, { replay: { since: past(), limit: 3 } });
    const received = broadcastsOf(channel);
    await joined(channel);
    await database.query(`select realtime.send('{"n": 5}', 'stored', $1)`, [topic]);
    await received.count(4);
    expect(received.values.map(({ payload }) => payload)).toMatchObject([
      { n: 2 },
      { n: 3 },
      { n: 4 },
      { n: 5 },
    ]);
    expect(received.values.map(({ meta }) => meta?.replayed)).toEqual([true, true, true, undefined]);
  });

  it('repeats the latest of many messages of one transaction, in the order in which they were sent', async () => {
    const topic = randomUUID();
    await database.query(
      `select realtime.send(jsonb_build_object('n', n), 'stored', $1) from generate_series(1, 60) as n`,
      [topic],
    );
    const channel = listener(topic, '2.0.0', { replay: { since: past(), limit: 25 } });
    const received = broadcastsOf(channel);
    await joined(channel);
    await received.count(25);
    expect(received.values.flatMap(({ payload }) => numberOf(payload))).toEqual(
      Array.from({ length: 25 }, (_, index) => 36 + index),
    );
  });

  it('loses and doubles nothing while messages keep coming', async () => {
    const topic = randomUUID();
    const writer = new Client({ connectionString: cluster.adminUrl });
    await writer.connect();
    let sent = 0;
    let writing = true;
    const write = async () => {
      while (writing && sent < 2_000)
        await writer.query(`select realtime.send(jsonb_build_object('n', $1::int), 'n', $2)`, [
          ++sent,
          topic,
        ]);
    };
    const done = write();
    const joins = Array.from({ length: 8 }, async () => {
      const channel = listener(topic, '2.0.0', { replay: { since: past(), limit: 25 } });
      const received = broadcastsOf(channel);
      await joined(channel);
      return received;
    });
    const inboxes = await Promise.all(joins);
    writing = false;
    await done;
    await writer.end();
    await database.query(`select realtime.send('{}', 'last', $1)`, [topic]);
    for (const inbox of inboxes) {
      await inbox.find(({ event }) => event === 'last');
      const numbers = inbox.values.flatMap(({ payload }) => numberOf(payload));
      const [first = 0] = numbers;
      expect(numbers).toEqual(Array.from({ length: sent - first + 1 }, (_, index) => first + index));
    }
  });

  it('is refused on public channels and with unusable parameters', async () => {
    const reason = async (config: object) =>
      refused(server.client({ key: keys.secret }).channel(randomUUID(), { config }));
    expect(await reason({ private: true, broadcast: { replay: { since: 'yesterday' } } })).toBe(
      'UnableToReplayMessages: Replay params are not valid',
    );
    expect(await reason({ private: true, broadcast: { replay: { since: 1, limit: 0 } } })).toBe(
      'UnableToReplayMessages: Replay params are not valid',
    );
  });
});

describe('replication_ready', () => {
  it('is answered with a system message once the stream is live', async () => {
    const channel = listener(randomUUID(), '2.0.0', { replication_ready: true });
    const system = new Promise((resolve) => channel.on('system', {}, resolve));
    subscribe(channel);
    expect(await system).toMatchObject({
      extension: 'system',
      status: 'ok',
      message: 'Replication connection established',
    });
  });
});

describe('partitions', () => {
  it('reach from yesterday to three days ahead, and old ones are dropped', async () => {
    const partitions = async () =>
      (
        await cluster.sql(
          `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'realtime.messages'::regclass order by 1`,
        )
      ).map(({ name }) => String(name));
    const names = () =>
      [-1, 0, 1, 2, 3].map((offset) => {
        const day = new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
        return `realtime.messages_${day.replaceAll('-', '_')}`;
      });
    let expected: string[];
    let made: string[];
    do {
      expected = names();
      // Those that were made on the day before, should that have ended meanwhile.
      for (const name of await partitions()) await cluster.sql(`drop table ${name}`);
      await cluster.sql(`create table realtime.messages_2020_01_01 partition of realtime.messages
        for values from ('2020-01-01') to ('2020-01-02')`);
      await cluster.sql('select realtime.maintain_partitions()');
      made = await partitions();
    } while (expected.join() !== names().join()); // a new day began
    expect(made).toEqual(expected);
  });
});

function numberOf(payload: unknown): number[] {
  return typeof payload === 'object' && payload !== null && 'n' in payload ? [Number(payload.n)] : [];
}
