import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { keys, renewToken } from '../harness.ts';
import { listen, person, rowOf, values, type Listening } from './listening.ts';
import { useRealtime } from '../use-realtime.ts';

const { cluster, server } = useRealtime({
  prepare: `
    create table public.todos (id integer primary key, owner uuid, task text, n integer);
    alter table public.todos enable row level security;
    grant all on public.todos to anon, authenticated, service_role;
    create policy todos_select on public.todos for select to authenticated
      using (owner = (select auth.uid()) or task like 'shared%');
    alter publication supabase_realtime add table public.todos;
  `,
});

let nextId = 1;
async function write(owner: string, task = 'own'): Promise<number> {
  const id = nextId++;
  await cluster.sql('insert into public.todos values ($1, $2, $3)', [id, owner, task]);
  return id;
}
const until = (listening: Listening, id: number) =>
  listening.changes.find((change) => rowOf(change)['id'] === id, `row ${id}`);

describe.each(['1.0.0', '2.0.0'] as const)('with protocol %s', (vsn) => {
  it('everyone gets the rows that their policies show them, and no others', async () => {
    const [ana, ben] = [await person(), await person()];
    const heard = await Promise.all([
      listen(server, { table: 'todos' }, { vsn, token: ana.token }),
      listen(server, { table: 'todos' }, { vsn, token: ana.token }),
      listen(server, { table: 'todos' }, { vsn, token: ben.token }),
      listen(server, { table: 'todos' }, { vsn, key: keys.secret }),
    ]);
    const stranger = await listen(server, { table: 'todos' }, { vsn });
    const [own, others, shared] = [
      await write(ana.id),
      await write(ben.id),
      await write(randomUUID(), 'shared'),
    ];
    await Promise.all(heard.map((one) => until(one, shared)));
    expect(heard.map((one) => values(one, 'id'))).toEqual([
      [own, shared],
      [own, shared],
      [others, shared],
      [own, others, shared],
    ]);
    expect(stranger.changes.values).toEqual([]);
  });

  it('the key of a deleted row goes to everyone who asked, and nothing else of it', async () => {
    const ana = await person();
    const id = await write(ana.id, 'secret');
    const stranger = await listen(
      server,
      { table: 'todos', event: 'DELETE' },
      { vsn, token: (await person()).token },
    );
    await cluster.sql('delete from public.todos where id = $1', [id]);
    expect(await until(stranger, id)).toMatchObject({ eventType: 'DELETE', old: { id }, new: {} });
    expect(Object.keys(stranger.changes.values[0]?.old ?? {})).toEqual(['id']);
  });
});

it('a row that leaves a person’s sight says nothing; one that comes into it is an update', async () => {
  const [ana, ben] = [await person(), await person()];
  // Once somebody has heard of the row, it is not on its way any more to those who subscribe from now on.
  const everything = await listen(server, { table: 'todos' }, { key: keys.secret });
  const id = await write(ana.id);
  await until(everything, id);
  const [first, second] = [
    await listen(server, { table: 'todos' }, { token: ana.token }),
    await listen(server, { table: 'todos' }, { token: ben.token }),
  ];
  await cluster.sql('update public.todos set owner = $2 where id = $1', [id, ben.id]);
  expect(await until(second, id)).toMatchObject({ eventType: 'UPDATE', new: { owner: ben.id } });
  const shared = await write(ana.id, 'shared');
  await until(first, shared);
  expect(values(first, 'id')).toEqual([shared]);
});

it('a policy counts from the moment it is committed', async () => {
  const stranger = await person();
  const listening = await listen(server, { table: 'todos' }, { token: stranger.token });
  const everything = await listen(server, { table: 'todos' }, { key: keys.secret });
  await write(randomUUID());
  await until(everything, nextId - 1);
  await cluster.sql(`create policy todos_all on public.todos for select to authenticated using (true)`);
  const open = await write(randomUUID());
  await until(listening, open);
  await cluster.sql(`drop policy todos_all on public.todos`);
  await write(randomUUID());
  const shared = await write(randomUUID(), 'shared');
  await until(listening, shared);
  expect(values(listening, 'id')).toEqual([open, shared]);
});

it('a new token brings new rights', async () => {
  const [ana, ben] = [await person(), await person()];
  const listening = await listen(server, { table: 'todos' }, { token: ana.token });
  await renewToken(listening.client, ben.token);
  await listening.system.count(2);
  const [, seen] = [await write(ana.id), await write(ben.id)];
  await until(listening, seen);
  expect(values(listening, 'id')).toEqual([seen]);
});

it('claims that a policy cannot use cost only their owner, who is told', async () => {
  const ana = await person();
  const broken = await listen(
    server,
    { table: 'todos' },
    { token: (await person({ sub: 'not a uuid' })).token },
  );
  const listening = await listen(server, { table: 'todos' }, { token: ana.token });
  await until(listening, await write(ana.id));
  const { message } = await broken.system.find(({ status }) => status === 'error', 'a failure');
  expect(message).toContain('public.todos could not be authorized');
  expect(broken.changes.values).toEqual([]);
  expect(broken.status.values).toHaveLength(1);
});

it('a role dropped while it is subscribed hears nothing more, and harms nobody', async () => {
  await cluster.sql(`create role guest; grant guest to authenticator; grant usage on schema public to guest;
    grant select on public.todos to guest; create policy todos_guest on public.todos for select to guest using (id > 0)`);
  const ana = await person();
  const guest = await listen(server, { table: 'todos' }, { token: (await person({ role: 'guest' })).token });
  const listening = await listen(server, { table: 'todos' }, { token: ana.token });
  const before = await write(ana.id);
  await until(guest, before);
  await cluster.sql('drop owned by guest; drop role guest');
  await until(listening, await write(ana.id));
  expect(values(guest, 'id')).toEqual([before]);
});

/** `CHANGES_SECONDS=60` is the long run. */
const writingSeconds = Number(process.env['CHANGES_SECONDS'] ?? 2);

it(
  'eight writers at once: each of fifty subscribers gets exactly what a query as that person returns',
  { timeout: (writingSeconds + 60) * 1000 },
  async () => {
    const people = await Promise.all(Array.from({ length: 50 }, () => person()));
    const listeners = await Promise.all(
      people.map(({ token }, index) =>
        listen(server, { table: 'todos' }, { token, vsn: index % 2 ? '1.0.0' : '2.0.0' }),
      ),
    );
    const lowest = nextId;
    const owners = people.map(({ id }) => id);
    const end = performance.now() + writingSeconds * 1000;
    const fewest = writingSeconds * 50;
    const isEnough = () => performance.now() >= end && nextId - lowest > fewest;
    await Promise.all(Array.from({ length: 8 }, () => writeUntil(isEnough, owners)));
    const last = await write(randomUUID(), 'shared');
    await Promise.all(listeners.map((one) => until(one, last)));
    expect(last - lowest, 'rows written').toBeGreaterThan(fewest);
    for (const [index, listening] of listeners.entries()) {
      const visible = await asPerson(
        people[index]?.id ?? '',
        'select id, n from public.todos where id >= $1 and id < $2 order by id',
        [lowest, last],
      );
      const of = (kind: string) =>
        listening.changes.values
          .filter((change) => change.eventType === kind && rowOf(change)['id'] !== last)
          .map((change) => ({ id: rowOf(change)['id'], n: rowOf(change)['n'] }))
          .sort((a, b) => Number(a.id) - Number(b.id));
      expect(of('INSERT').map(({ id }) => id)).toEqual(visible.map(({ id }) => id));
      expect(of('UPDATE')).toEqual(visible);
    }
  },
);

/** Inserts rows and changes each once, one in forty for everybody to see. */
async function writeUntil(isEnough: () => boolean, owners: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: cluster.adminUrl });
  await client.connect();
  while (!isEnough()) {
    const id = nextId++;
    const task = id % 40 ? 'own' : 'shared';
    await client.query('insert into public.todos values ($1, $2, $3, 0)', [
      id,
      owners[id % owners.length],
      task,
    ]);
    await client.query('update public.todos set n = $1 where id = $2', [id, id]);
    await delay(20);
  }
  await client.end();
}

async function asPerson(
  id: string,
  text: string,
  parameters: unknown[],
): Promise<{ id: number; n: number }[]> {
  const client = new Client({ connectionString: cluster.adminUrl });
  await client.connect();
  await client.query('begin');
  await client.query(
    `select set_config('request.jwt.claims', $1, true), set_config('role', 'authenticated', true)`,
    [JSON.stringify({ sub: id })],
  );
  const { rows } = await client.query<{ id: number; n: number }>(text, parameters);
  await client.end();
  return rows;
}
