import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimSet, RowChange, TableDescription } from '../../../../stack/realtime/changes/types.ts';
import { Visibility } from '../../../../stack/realtime/changes/visibility.ts';
import { useCluster } from '../use-realtime.ts';

let visibility: Visibility;
const quiet = { debug() {}, warn() {}, error() {} };

const cluster = useCluster();
beforeAll(async () => {
  const limits = { lookUpConnections: 2, lookUpTimeoutMs: 1_500, judgementTimeoutMs: 15_000 };
  visibility = new Visibility(cluster.adminUrl, limits, quiet);
});
afterAll(async () => {
  await visibility?.close();
});

const ana: ClaimSet = {
  role: 'authenticated',
  claimsJson: JSON.stringify({ sub: randomUUID(), role: 'authenticated' }),
};
const ben: ClaimSet = {
  role: 'authenticated',
  claimsJson: JSON.stringify({ sub: randomUUID(), role: 'authenticated' }),
};
const idOf = (claims: ClaimSet): string => JSON.parse(claims.claimsJson).sub;

/** Makes a table and describes it as the catalogue would. */
async function make(name: string, columns: string, policies = ''): Promise<TableDescription> {
  const quoted = `public."${name.replaceAll('"', '""')}"`;
  await cluster.sql(
    `create table ${quoted} (${columns}); grant select on ${quoted} to authenticated; ${policies.replaceAll('$table', quoted)}`,
  );
  return tableNamed(name);
}

async function tableNamed(name: string): Promise<TableDescription> {
  const [found] = await cluster.sql(
    `select class.oid, coalesce((select array_agg(attname::text order by place) from pg_index
       cross join unnest(indkey::smallint[]) with ordinality as part (number, place)
       join pg_attribute on attrelid = indrelid and attnum = number where indrelid = class.oid and indisprimary), '{}') as key
     from pg_class as class where oid = format('public.%I', $1::text)::regclass`,
    [name],
  );
  const primaryKey = found?.['key'] as string[];
  return {
    oid: Number(found?.['oid']),
    schema: 'public',
    name,
    columns: [],
    primaryKey,
    replicaIdentity: 'd',
    rowSecurity: true,
  };
}

/** A change of the row with this key, as the log has it. */
function changeOf(table: TableDescription, ...key: string[]): RowChange {
  const columns = table.primaryKey.map((name) => ({ name, isKey: true, typeId: 25 }));
  const relation = { id: table.oid, schema: 'public', name: table.name, replicaIdentity: 'd', columns };
  return { kind: 'UPDATE', relation, row: key.map((value) => Buffer.from(value)), old: null };
}

/** Asks about rows, and tells for each claims set which it may see. */
async function judge(
  table: TableDescription,
  rows: RowChange[],
  claims: ClaimSet[] = [ana, ben],
  transactionIds: number[] = [],
) {
  const all = [...rows.keys()];
  const [role = 'authenticated'] = claims.map((one) => one.role);
  const wanted = new Map(claims.map((one) => [one, all]));
  const judgement = await visibility.judge({ table, role, rows, wanted, transactionIds });
  return {
    columns: [...judgement.columns],
    failures: claims.map((one) => judgement.failures.get(one) ?? null),
    seen: claims.map((one) => rows.flatMap((_, row) => (judgement.sees(one, row) ? [row] : []))),
  };
}

const own = `alter table $table enable row level security;
  create policy own on $table for select to authenticated using (owner = (select auth.uid()));`;

describe('rows are shown to those whom the policies show them', () => {
  it('by owner, gone rows to nobody', async () => {
    const table = await make('owned', 'id int primary key, owner uuid, note text', own);
    await cluster.sql('insert into public.owned values (1, $1), (2, $2), (3, $1)', [idOf(ana), idOf(ben)]);
    const { seen, columns } = await judge(
      table,
      ['1', '2', '3', '4'].map((id) => changeOf(table, id)),
    );
    expect(seen).toEqual([[0, 2], [1]]);
    expect(columns).toEqual(['id', 'owner', 'note']);
  });

  it('with keys of several columns and unusual types and names', async () => {
    await cluster.sql(
      `create type public.kind as enum ('a', 'b'); create domain public.code as numeric(10, 2)`,
    );
    const columns =
      '"the kind" public.kind, code public.code, at timestamptz, text text, owner uuid, primary key (text, at, "the kind", code)';
    const table = await make('odd "name" . x', columns, own);
    const at = '2026-11-21 04:10:34.158+00';
    const hostile = `'; drop table x; -- {1,2} "q" \\`;
    await cluster.sql(`insert into public."odd ""name"" . x" values ('b', 1.5, $1, $2, $3)`, [
      at,
      hostile,
      idOf(ana),
    ]);
    const rows = [
      [hostile, at, 'b', '1.50'],
      [hostile, at, 'a', '1.50'],
      ['', at, 'b', '1.50'],
    ];
    expect(
      (
        await judge(
          table,
          rows.map((row) => changeOf(table, ...row)),
        )
      ).seen,
    ).toEqual([[0], []]);
  });

  it('with columns that are called as the look-up calls its own things', async () => {
    const words =
      'claims subjects wanted key_1 done hits seen failed numbers asked target verdict found'.split(' ');
    const columns = `number int primary key, owner uuid, ${words.map((word) => `${word} text`).join()}`;
    const table = await make('words', columns, own);
    await cluster.sql('insert into public.words (number, owner) values (1, $1), (2, $2)', [
      idOf(ana),
      idOf(ben),
    ]);
    const [one, two] = [changeOf(table, '1'), changeOf(table, '2')];
    expect((await judge(table, [one, two])).seen).toEqual([[0], [1]]);
    expect((await judge(table, [two])).seen).toEqual([[], [0]]);
  });

  it('to each of many people, asked again and again while some come and go', async () => {
    const table = await make('crowd', 'id int primary key, owner uuid', own);
    const crowd = Array.from({ length: 400 }, (_, index): ClaimSet => {
      const sub = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
      return { role: 'authenticated', claimsJson: JSON.stringify({ sub, note: 'x"\\{}'.repeat(20) }) };
    });
    await cluster.sql(`insert into public.crowd select n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
      from generate_series(0, 399) as n`);
    for (let turn = 0; turn < 12; turn++) {
      const present = crowd.slice(turn * 3);
      const { seen, failures } = await judge(
        table,
        [changeOf(table, '398'), changeOf(table, String(turn * 3))],
        present,
      );
      expect(seen.flatMap((rows, index) => rows.map((row) => [present[index], row]))).toEqual([
        [crowd[turn * 3], 1],
        [crowd[398], 0],
      ]);
      expect(failures.filter((failure) => failure !== null)).toEqual([]);
    }
  });

  it('and only the rows that were asked about', async () => {
    const table = await make('asked', 'id int primary key, owner uuid', own);
    await cluster.sql('insert into public.asked select id, $1 from generate_series(1, 100) as id', [
      idOf(ana),
    ]);
    const rows = Array.from({ length: 100 }, (_, index) => changeOf(table, String(index + 1)));
    const wanted = new Map([[ana, [7, 99]]]);
    const judgement = await visibility.judge({
      table,
      role: 'authenticated',
      rows,
      wanted,
      transactionIds: [],
    });
    expect(rows.flatMap((_, row) => (judgement.sees(ana, row) ? [row] : []))).toEqual([7, 99]);
  });

  it.each([
    ['row-level security is off', '', [[0], [0]]],
    ['no policy applies', 'alter table $table enable row level security', [[], []]],
    [
      'the policy is true',
      'alter table $table enable row level security; create policy open on $table using (true)',
      [[0], [0]],
    ],
    [
      'a restrictive policy stands beside it',
      'alter table $table enable row level security; create policy open on $table using (true); create policy narrow on $table as restrictive using (false)',
      [[], []],
    ],
    [
      'it is for another role',
      'alter table $table enable row level security; create policy open on $table to anon using (true)',
      [[], []],
    ],
    [
      'it is for another command',
      'alter table $table enable row level security; create policy open on $table for update using (true)',
      [[], []],
    ],
    [
      'the role may not read the key',
      'alter table $table enable row level security; revoke select on $table from authenticated; grant select (note) on $table to authenticated',
      [[0], [0]],
    ],
  ])('when %s', async (name, policies, seen) => {
    const table = await make(name, 'id int primary key, note text', policies);
    await cluster.sql(`insert into public."${name}" values (1, 'x')`);
    expect((await judge(table, [changeOf(table, '1')])).seen).toEqual(seen);
  });

  it('service_role passes policies; roles that a token may not name see nothing', async () => {
    const table = await make(
      'closed',
      'id int primary key',
      'alter table $table enable row level security; insert into $table values (1); grant select on $table to service_role',
    );
    const as = (role: string) => judge(table, [changeOf(table, '1')], [{ role, claimsJson: '{}' }]);
    expect((await as('service_role')).seen).toEqual([[0]]);
    expect(await as('supabase_admin')).toMatchObject({ seen: [[]], columns: [] });
    expect(await as('nobody "knows"')).toMatchObject({ seen: [[]], columns: [] });
  });

  it('a table without a key is announced, without content, to those who may use its schema', async () => {
    const table = await make('keyless', 'note text', 'alter table $table enable row level security');
    expect((await judge(table, [changeOf(table)])).seen).toEqual([[0], [0]]);
  });
});

describe('no event is judged before its row can be seen', () => {
  it('the answer waits for the transaction', async () => {
    const table = await make('awaited', 'id int primary key, owner uuid', own);
    const writer = new Client({ connectionString: cluster.adminUrl });
    await writer.connect();
    await writer.query('begin');
    await writer.query('insert into public.awaited values (1, $1)', [idOf(ana)]);
    const { rows } = await writer.query<{ id: string }>(
      'select pg_current_xact_id()::text::bigint % 4294967296 as id',
    );
    const answer = judge(table, [changeOf(table, '1')], [ana], [Number(rows[0]?.id)]);
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(isAnswered).toBe(false);
    await writer.query('commit');
    expect((await answer).seen).toEqual([[0]]);
    await writer.end();
  });
});

describe('what fails costs its owner only', () => {
  const hostile: ClaimSet = {
    role: 'authenticated',
    claimsJson: '{"sub": "not a uuid", "role": "authenticated"}',
  };

  it('claims that a policy cannot use', async () => {
    const table = await make('claims', 'id int primary key, owner uuid', own);
    await cluster.sql('insert into public.claims values (1, $1)', [idOf(ana)]);
    const { seen, failures } = await judge(table, [changeOf(table, '1')], [hostile, ana]);
    expect(seen).toEqual([[], [0]]);
    expect(failures).toEqual([{ kind: 'policy', message: expect.stringContaining('uuid') }, null]);
  });

  it('a policy that takes for ever', async () => {
    const slow = `alter table $table enable row level security; create policy slow on $table using
      (case when (select auth.uid()) = '${idOf(ben)}' then (select pg_sleep(30)) is not null else owner = (select auth.uid()) end)`;
    const table = await make('slow', 'id int primary key, owner uuid', slow);
    await cluster.sql('insert into public.slow values (1, $1)', [idOf(ana)]);
    const { seen, failures } = await judge(table, [changeOf(table, '1')], [ben, ana]);
    expect(seen).toEqual([[], [0]]);
    expect(failures).toEqual([{ kind: 'late' }, null]);
  });

  it('a role dropped meanwhile', async () => {
    await cluster.sql(
      'create role passing; grant passing to authenticator; grant usage on schema public to passing',
    );
    const table = await make(
      'roles',
      'id int primary key, owner uuid',
      `${own} grant select on $table to passing; create policy all_rows on $table to passing using (id > 0)`,
    );
    await cluster.sql('insert into public.roles values (1, $1)', [idOf(ana)]);
    const passing: ClaimSet = { role: 'passing', claimsJson: '{}' };
    expect((await judge(table, [changeOf(table, '1')], [passing])).seen).toEqual([[0]]);
    await cluster.sql('drop owned by passing; drop role passing');
    expect((await judge(table, [changeOf(table, '1')], [passing])).seen).toEqual([[]]);
    expect((await judge(table, [changeOf(table, '1')], [ana])).seen).toEqual([[0]]);
  });
});

describe('tables that change while they are looked at', () => {
  it('renamed, replaced under their name, given another key, dropped', async () => {
    const table = await make('moving', 'id int primary key, other text unique not null, owner uuid', own);
    await cluster.sql(`insert into public.moving values (1, 'one', $1)`, [idOf(ana)]);
    expect((await judge(table, [changeOf(table, '1')])).seen).toEqual([[0], []]);
    await cluster.sql('alter table public.moving rename to moved');
    await make('moving', 'id int primary key, owner uuid', own);
    await cluster.sql('insert into public.moving values (1, $1)', [idOf(ben)]);
    expect((await judge(table, [changeOf(table, '1')])).seen).toEqual([[0], []]);

    await cluster.sql('alter table public.moved drop constraint moving_pkey, add primary key (other)');
    const now = await tableNamed('moved');
    expect((await judge(now, [changeOf(now, 'one')])).seen).toEqual([[0], []]);
    await cluster.sql('drop table public.moved');
    expect(await judge(now, [changeOf(now, 'one')])).toMatchObject({ seen: [[], []], columns: [] });
  });

  it('a lock is waited for, not taken for an answer', async () => {
    const table = await make('locked', 'id int primary key, owner uuid', own);
    await cluster.sql('insert into public.locked values (1, $1)', [idOf(ana)]);
    const other = new Client({ connectionString: cluster.adminUrl });
    await other.connect();
    await other.query('begin; lock table public.locked in access exclusive mode');
    const answer = judge(table, [changeOf(table, '1')]);
    // Half of the look-up's time is the longest that it waits for a lock; then it asks again.
    await new Promise((resolve) => setTimeout(resolve, 2_250));
    await other.query('commit');
    expect(await answer).toMatchObject({ seen: [[0], []], failures: [null, null] });
    await other.end();
  });
});
