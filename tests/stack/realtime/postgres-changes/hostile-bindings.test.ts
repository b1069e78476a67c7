import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Inbox, joined, systemMessagesOf } from '../channels.ts';
import { keys, signToken } from '../harness.ts';
import { RawSocket } from '../raw-socket.ts';
import { listen, type Change, type Listening } from './listening.ts';
import { useRealtime } from '../use-realtime.ts';

/** Listens all the while; whatever the others do, it goes on. */
let bystander: Listening;

const { cluster, server } = useRealtime({
  prepare: `
    create table public.tasks (id serial primary key, title text);
    grant select on public.tasks to authenticated, anon;
    alter publication supabase_realtime add table public.tasks;
  `,
  limits: { changesRecheckMs: 200 },
});
beforeAll(async () => {
  bystander = await listen(server, { table: 'tasks' });
});

const tasks = { event: '*', schema: 'public', table: 'tasks' };
const open = (token = keys.publishable) => RawSocket.open(server.url, `apikey=${token}&vsn=2.0.0`);

/** Joins a topic of its own and gives the answer's bindings. */
async function join(socket: RawSocket, postgres_changes: unknown, ref = '1'): Promise<unknown[]> {
  socket.push(ref, ref, `realtime:${randomUUID()}`, 'phx_join', { config: { postgres_changes } });
  const reply = await socket.reply(ref);
  const { status, response } = reply as { status: string; response: { postgres_changes: unknown[] } };
  expect(status).toBe('ok');
  return response.postgres_changes;
}

/** The first message about changes that the socket has got. */
async function message(socket: RawSocket, joinRef = '1'): Promise<string> {
  const frame = await socket.frames.find(
    (one) => 'event' in one && one.event === 'system' && one.joinRef === joinRef,
    'a system message',
    20_000,
  );
  return 'payload' in frame ? String(frame.payload['message']) : '';
}

/** Writes a row and waits until the bystander has it. */
async function heardByOthers(title: string): Promise<void> {
  await cluster.sql('insert into public.tasks (title) values ($1)', [title]);
  await bystander.changes.find((change) => 'title' in change.new && change.new['title'] === title, title);
}

describe('ten thousand bindings on one join', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ ...tasks, filter: `id=eq.${id}` }));

  it('are answered, in order, and only those that match are named', async () => {
    const socket = await open();
    const began = performance.now();
    expect(await join(socket, many(10_000))).toEqual(
      many(10_000).map((binding, index) => ({ ...binding, id: index + 1 })),
    );
    expect(await message(socket)).toBe('Subscribed to PostgreSQL');
    expect(performance.now() - began).toBeLessThan(5_000);
    await cluster.sql(`insert into public.tasks values (9000, 'one of many')`);
    const frame = await socket.frames.find((one) => 'event' in one && one.event === 'postgres_changes');
    expect(frame).toMatchObject({ payload: { ids: [9001] } });
    socket.close();
  });

  it('twice over are too many, whichever channels they are on', async () => {
    const socket = await open();
    await join(socket, many(10_000), '1');
    expect(await message(socket, '1')).toBe('Subscribed to PostgreSQL');
    await join(socket, many(10_001), '2');
    expect(await message(socket, '2')).toBe(
      'Too many postgres_changes bindings: a connection may have at most 20000',
    );
    await heardByOthers('after many');
    socket.close();
  });
});

describe('a pattern that explodes', () => {
  const pattern = String.raw`^(a*)(a*)(a*)(a*)(a*)(a*)(a*)\1\2\3\4\5\6\7b$`;

  it('is taken out, harms nobody else, and is not taken again at once', async () => {
    const token = await signToken({ sub: randomUUID() });
    const [attacker, neighbour] = [
      await open(token),
      await listen(server, { table: 'tasks', filter: 'title=imatch.^A' }),
    ];
    await join(attacker, [{ ...tasks, filter: `title=match.${pattern}` }]);
    expect(await message(attacker)).toBe('Subscribed to PostgreSQL');
    // An odd number of them cannot be two of each part, which takes ages to find out.
    const title = `${'a'.repeat(81)}b`;
    await heardByOthers(title);
    await neighbour.changes.count(1);
    const isError = (one: object) => JSON.stringify(one).includes('ERROR 57014 (query_canceled)');
    await attacker.frames.find(isError, 'the reason');
    await join(attacker, [{ ...tasks, filter: `title=match.(x*)*` }], '2');
    expect(await message(attacker, '2')).toContain(
      'a pattern took too long; patterns are taken again in a minute',
    );
    // It costs the others nothing from now on.
    const began = performance.now();
    await heardByOthers(`a${title}`);
    expect(performance.now() - began).toBeLessThan(2_000);
    attacker.close();
  });

  it.each([
    '((((((a{1,100}){1,100}){1,100}){1,100}){1,100}))',
    `${'('.repeat(30_000)}a${')'.repeat(30_000)}`,
    '[[:nothing:]]',
  ])('when it is read is refused: %.40s', async (monster) => {
    const socket = await open(await signToken({ sub: randomUUID() }));
    await join(socket, [{ ...tasks, filter: `title=match."${monster}"` }]);
    expect(await message(socket)).toMatch(/Unable to subscribe|Too many|too long/);
    await heardByOthers(randomUUID());
    socket.close();
  });
});

describe('SQL in a binding', () => {
  it('is text, wherever it stands', async () => {
    const socket = await open();
    const attacks = [
      "'; drop table public.tasks; --",
      '"; drop table public.tasks; --',
      "x' or 'a'='a",
      '%',
      '$1',
      '%I',
      '\\',
      '{',
      '\0',
    ];
    const bindings = attacks.flatMap((attack) => [
      { event: attack, schema: attack, table: attack },
      { ...tasks, table: attack },
      { ...tasks, filter: `${attack}=eq.1` },
      { ...tasks, filter: `title=${attack}.1` },
      { ...tasks, filter: `id=eq.${attack}` },
      { ...tasks, filter: `id=in.(${attack})` },
      { ...tasks, select: [attack] },
    ]);
    for (const [index, binding] of bindings.entries()) {
      await join(socket, [binding], `ref ${index}`);
      expect(await message(socket, `ref ${index}`)).not.toBe('Subscribed to PostgreSQL');
    }
    const harmless = attacks
      .filter((attack) => attack !== '\0')
      .map((attack) => ({ ...tasks, filter: `title=eq.${attack}` }));
    await join(socket, harmless, 'values');
    expect(await message(socket, 'values')).toBe('Subscribed to PostgreSQL');
    await heardByOthers("x' or 'a'='a");
    const frame = await socket.frames.find((one) => 'event' in one && one.event === 'postgres_changes');
    expect(frame).toMatchObject({ payload: { ids: [3] } });
    socket.close();
  });

  it('is answered, and the socket lives, whatever else a binding is', async () => {
    const socket = await open();
    const text = fc.oneof(fc.string(), fc.constantFrom('public', 'tasks', '*', 'id=eq.1', 'title=is.null'));
    const entry = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { event: text, schema: text, table: text, filter: text, select: fc.array(text) },
        { requiredKeys: [] },
      ),
    );
    let joins = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async (bindings) => {
        const answered = await join(socket, bindings, `garbage ${++joins}`);
        expect(answered).toHaveLength(bindings.filter((binding) => binding !== null).length);
      }),
      { numRuns: 60 },
    );
    await socket.heartbeat();
    await heardByOthers('after garbage');
    socket.close();
  });
});

describe('what is taken away while somebody listens', () => {
  it('is a role: its listeners are told, and no others', async () => {
    await cluster.sql(`create role passing; grant passing to authenticator; grant usage on schema public to passing;
      grant select on public.tasks to passing`);
    const token = await signToken({ sub: randomUUID(), role: 'passing' });
    const listening = await listen(server, { table: 'tasks', filter: 'title=match.x' }, { token });
    await cluster.sql(`drop owned by passing; drop role passing`);
    await heardByOthers('without the role');
    await listening.system.find(
      ({ status, message: words }) => status === 'error' && words.includes('passing'),
    );
    expect(listening.changes.values).toEqual([]);
    expect(bystander.system.values.filter(({ status }) => status === 'error')).toEqual([]);
  });

  it('is its token: nothing comes after its end', async () => {
    const token = await signToken({ sub: randomUUID() }, { expiresIn: 4 });
    const listening = await listen(server, { table: 'tasks' }, { token });
    await heardByOthers('before the end');
    await listening.status.find(({ status }) => status === 'CLOSED');
    await heardByOthers('after the end');
    expect(listening.changes.values.map((change) => 'title' in change.new && change.new['title'])).toEqual([
      'before the end',
    ]);
  });

  it('is everything: a publication emptied ends even a subscription to all tables, until it is filled', async () => {
    const channel = server.client().channel(randomUUID());
    const system = systemMessagesOf(channel);
    const changes = new Inbox<Change>();
    channel.on('postgres_changes', { event: '*', schema: '*' }, (change: Change) => changes.push(change));
    await joined(channel);
    await system.count(1);
    await cluster.sql('alter publication supabase_realtime drop table public.tasks');
    expect((await system.count(2))[1]).toMatchObject({ status: 'error' });
    await cluster.sql('alter publication supabase_realtime add table public.tasks');
    expect((await system.count(3))[2]).toMatchObject({ status: 'ok' });
    await cluster.sql(`insert into public.tasks (title) values ('filled again')`);
    await changes.find((change) => 'title' in change.new && change.new['title'] === 'filled again');
    // The bystander is subscribed again in its own time, and may have been told already.
    while (bystander.system.values.at(-1)?.status === 'error')
      await bystander.system.count(bystander.system.values.length + 1);
    await heardByOthers('heard again');
  });

  it('is the listener itself: nothing of it is left', async () => {
    const before = server.realtime.stats().changeSubscriptions;
    const sockets = await Promise.all(Array.from({ length: 5 }, () => open()));
    await Promise.all(sockets.map((socket) => join(socket, [tasks])));
    expect(server.realtime.stats().changeSubscriptions).toBe(before + 5);
    for (const socket of sockets) socket.close();
    while (server.realtime.stats().changeSubscriptions > before)
      await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
