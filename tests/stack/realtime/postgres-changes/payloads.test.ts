import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownTypes, typedColumns } from './every-type.ts';
import { ExactNumber, parseExactly } from './exact-json.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { useCluster } from '../use-realtime.ts';

let recorder: Recorder;

const cluster = useCluster(ownTypes);
beforeAll(async () => {
  recorder = await startRecorder(cluster);
});
afterAll(async () => {
  await recorder?.stop();
});

/** Makes a table that everybody may read, in the publication. */
async function table(definition: string, further = ''): Promise<string> {
  const name = `public.t${counter++}`;
  await cluster.sql(`create table ${name} (${definition});
    grant select on ${name} to authenticated;
    alter table ${name} owner to postgres;
    alter publication supabase_realtime add table ${name};
    ${further.replaceAll('$table', name)}`);
  return name;
}
let counter = 0;

/** The records of the messages: new and former. */
const records = (messages: Awaited<ReturnType<Recorder['messages']>>) =>
  messages.map(({ type, record, old_record }) => [type, record, old_record]);

describe('values', () => {
  const names = typedColumns.map((_, index) => `c${index}`);
  const list = (each: (column: (typeof typedColumns)[number], name: string) => string) =>
    typedColumns.map((column, index) => each(column, `c${index}`)).join(', ');
  const rows = fc.tuple(
    ...typedColumns.map(({ values }) =>
      fc.array(fc.option(values, { freq: 8 }), { minLength: 25, maxLength: 25 }),
    ),
  );

  type Row = Record<string, unknown>;
  const idOf = (row: Row | undefined) => Number(row?.['id'] instanceof ExactNumber ? row['id'].digits : 0);

  /** JSON has no NaN and no infinities, and the hosted server sends bytea bare. */
  const asHosted = (type: string, value: unknown) => {
    if (/^(numeric|real|double precision)$/.test(type) && typeof value === 'string') return null;
    return type === 'bytea' && typeof value === 'string' ? value.replace('\\x', '') : value;
  };

  it('of every type are what to_jsonb makes of them, to the last digit', async () => {
    await cluster.sql(`create table public.kinds (id integer primary key, ${list(({ type }, name) => `${name} ${type}`)});
      alter table public.kinds replica identity full, owner to postgres;
      grant select on public.kinds to authenticated;
      alter publication supabase_realtime add table public.kinds`);
    const insert = `
      insert into public.kinds
      select place, ${list(({ type }, name) => `raw.${name}::${type}`)}
      from unnest(${names.map((_, index) => `$${index + 1}::text[]`).join()}) with ordinality as raw (${names.join()}, place)`;
    await fc.assert(
      fc.asyncProperty(rows, async (columns) => {
        const inserted = await recorder.texts(insert, columns);
        const stored = await cluster.sql(
          'select to_jsonb(kinds)::text as json from public.kinds order by id',
        );
        const deleted = await recorder.texts('delete from public.kinds');
        const expected = stored.map(({ json }) => {
          const row = parseExactly(String(json)) as Row;
          for (const [index, { type }] of typedColumns.entries())
            row[`c${index}`] = asHosted(type, row[`c${index}`]);
          return row;
        });
        // A delete goes through the table as it lies on the disk.
        const sent = (texts: string[], field: string) =>
          texts
            .map((text) => (parseExactly(text) as Record<string, Row>)[field])
            .sort((one, other) => idOf(one) - idOf(other));
        expect(sent(inserted, 'record')).toEqual(expected);
        expect(sent(deleted, 'old_record')).toEqual(expected);
      }),
      // Whatever fails is printed whole; looking for less would take minutes.
      { numRuns: 4, endOnFailure: true },
    );
  });

  it('come with the names and types of the columns a role may read, and the time of the commit', async () => {
    const name = await table(
      'id bigint primary key, tags text[], secret text',
      'revoke select on $table from authenticated; grant select (tags, id) on $table to authenticated',
    );
    const before = Date.now();
    const [message] = await recorder.messages(`insert into ${name} values (1, '{a}', 'hidden')`);
    expect(message).toEqual({
      schema: 'public',
      table: name.slice(7),
      type: 'INSERT',
      commit_timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      columns: [
        { name: 'id', type: 'int8' },
        { name: 'tags', type: '_text' },
      ],
      record: { id: 1, tags: ['a'] },
      errors: null,
    });
    const committedAt = Date.parse(message?.commit_timestamp ?? '');
    expect(committedAt).toBeGreaterThanOrEqual(before - 1);
    expect(committedAt).toBeLessThanOrEqual(Date.now());
  });

  it('are converted with the rights of the owner of the table', async () => {
    await cluster.sql(`create table public.seen (by name);
      grant insert on public.seen to public;
      create function public.note() returns boolean language plpgsql
        as $$ begin insert into public.seen values (current_user); return true; end $$;
      create domain public.watched as text check (public.note());
      create type public.holder as (value public.watched)`);
    const name = await table(
      'id int primary key, c public.holder, g text generated always as (upper(lower(id::text))) stored',
    );
    await cluster.sql('truncate public.seen');
    const statements = `insert into ${name} values (1, row('x'))`;
    const [message] = await recorder.messages(`set role postgres; ${statements}`);
    expect(message?.record).toEqual({ id: 1, c: { value: 'x' }, g: '1' });
    expect(await cluster.sql('select distinct by from public.seen')).toEqual([{ by: 'postgres' }]);
  });

  it('that no longer convert go out as text, and harm no others', async () => {
    const name = await table('id int primary key, c public.money_of');
    await cluster.sql(`create domain public.short as text;
      create type public.shorts as (value public.short)`);
    const other = await table('id int primary key, c public.shorts');
    const texts = await recorder.messages(`
      insert into ${other} values (1, row('long'));
      insert into ${name} values (1, row(1, 'EUR', null, null));
      alter domain public.short add constraint brief check (length(value) < 3) not valid`);
    expect(texts.map(({ record }) => record)).toEqual([
      { id: 1, c: '(long)' },
      { id: 1, c: { amount: 1, 'the currency': 'EUR', at: null, tags: null } },
    ]);
  });
});

describe('former rows', () => {
  const changes = (name: string) => `
    insert into ${name} values (1, 'a', 'x');
    update ${name} set b = 'y';
    update ${name} set id = 2;
    delete from ${name}`;

  it('have the key under the default identity, changed or not', async () => {
    const name = await table('id int primary key, a text, b text');
    expect(records(await recorder.messages(changes(name)))).toEqual([
      ['INSERT', { id: 1, a: 'a', b: 'x' }, undefined],
      ['UPDATE', { id: 1, a: 'a', b: 'y' }, { id: 1 }],
      ['UPDATE', { id: 2, a: 'a', b: 'y' }, { id: 1 }],
      ['DELETE', undefined, { id: 2 }],
    ]);
  });

  it('are whole under the full identity, but of a deleted row only the key where rows have policies', async () => {
    const name = await table(
      'id int primary key, a text, b text',
      'alter table $table replica identity full',
    );
    const updates = [
      ['INSERT', { id: 1, a: 'a', b: 'x' }, undefined],
      ['UPDATE', { id: 1, a: 'a', b: 'y' }, { id: 1, a: 'a', b: 'x' }],
      ['UPDATE', { id: 2, a: 'a', b: 'y' }, { id: 1, a: 'a', b: 'y' }],
    ];
    const open = records(await recorder.messages(changes(name)));
    expect(open).toEqual([...updates, ['DELETE', undefined, { id: 2, a: 'a', b: 'y' }]]);
    await cluster.sql(`alter table ${name} enable row level security`);
    const secured = records(await recorder.messages(changes(name)));
    expect(secured).toEqual([...updates, ['DELETE', undefined, { id: 2 }]]);
  });

  it('have the columns of the index that is the identity', async () => {
    const name = await table(
      'id int primary key, a text not null unique, b text',
      'alter table $table replica identity using index $table_a_key'.replace('$table_a', `t${counter}_a`),
    );
    expect(records(await recorder.messages(changes(name)))).toEqual([
      ['INSERT', { id: 1, a: 'a', b: 'x' }, undefined],
      ['UPDATE', { id: 1, a: 'a', b: 'y' }, { a: 'a' }],
      ['UPDATE', { id: 2, a: 'a', b: 'y' }, { a: 'a' }],
      ['DELETE', undefined, { a: 'a' }],
    ]);
  });

  it('fill in an unchanged value that is stored out of line, if they have it', async () => {
    const name = await table(
      'id int primary key, a text, b text',
      'alter table $table alter a set storage external',
    );
    const long = 'x'.repeat(5_000);
    const update = `insert into ${name} values (1, '${long}', 'x'); update ${name} set b = 'y'`;
    const [, partly] = await recorder.messages(update);
    expect(partly).toMatchObject({ record: { id: 1, b: 'y' }, old_record: { id: 1 }, errors: null });
    expect(partly?.record).not.toHaveProperty('a');
    await cluster.sql(`truncate ${name}; alter table ${name} replica identity full`);
    const [, whole] = await recorder.messages(update);
    expect(whole?.record).toEqual({ id: 1, a: long, b: 'y' });
  });
});

describe('rows that cannot be told', () => {
  it('of more than a megabyte keep their short values', async () => {
    const name = await table('id int primary key, short text, nothing text, long text, longer text');
    const statements = (bytes: number) => `
      insert into ${name} values (1, 'short', null, repeat('y', 65), repeat('x', ${bytes}));
      delete from ${name}`;
    const [small] = await recorder.messages(statements(1024 * 1024 - 1_000));
    expect(small).toMatchObject({ errors: null, record: { nothing: null } });
    const [large, deleted] = await recorder.messages(statements(1024 * 1024));
    expect(large?.errors).toEqual(['Error 413: Payload Too Large']);
    expect(large?.record).toEqual({ id: 1, short: 'short' });
    expect(large?.columns).toHaveLength(5);
    expect(deleted).toMatchObject({ errors: null, old_record: { id: 1 } });
  });

  it('without a key, or with a hidden one, are announced without content', async () => {
    const empty = { commit_timestamp: null, columns: [], record: {} };
    const keyless = await table('a text', 'alter table $table replica identity full');
    const messages = await recorder.messages(
      `insert into ${keyless} values ('x'); update ${keyless} set a = 'y'; delete from ${keyless}`,
    );
    const errors = ['Error 400: Bad Request, no primary key'];
    expect(messages).toMatchObject([
      { type: 'INSERT', ...empty, errors },
      { type: 'UPDATE', ...empty, old_record: {}, errors },
      { type: 'DELETE', old_record: { a: 'y' }, errors: null },
    ]);
    const hidden = await table(
      'id int primary key, a text',
      'revoke select on $table from authenticated; grant select (a) on $table to authenticated',
    );
    const [refused] = await recorder.messages(`insert into ${hidden} values (1, 'x')`);
    expect(refused).toMatchObject({ ...empty, errors: ['Error 401: Unauthorized'] });
    const [told] = await recorder.messages(`insert into ${hidden} values (2, 'x')`, [], 'service_role');
    expect(told?.errors).toEqual(['Error 401: Unauthorized']);
  });
});

describe('generated columns', () => {
  it('are as the row was written, whatever happened to it since', async () => {
    const name = await table(
      `id int primary key, a text, "The sum" int generated always as (length(a) + id) stored,
       bytes bytea generated always as (decode(md5(a), 'hex')) stored, yes boolean generated always as (a > 'b') stored,
       pair public.money_of generated always as (row(id, a, null, null)::public.money_of) stored, fixed int generated always as (7) stored`,
      'alter table $table replica identity full',
    );
    const messages = await recorder.messages(
      `insert into ${name} (id, a) values (1, 'a'); update ${name} set a = null; delete from ${name}`,
    );
    const pair = (currency: string | null) => ({ amount: 1, 'the currency': currency, at: null, tags: null });
    const [first, emptied] = [
      {
        id: 1,
        a: 'a',
        'The sum': 2,
        bytes: '0cc175b9c0f1b6a831c399e269772661',
        yes: false,
        pair: pair('a'),
        fixed: 7,
      },
      { id: 1, a: null, 'The sum': null, bytes: null, yes: null, pair: pair(null), fixed: 7 },
    ];
    expect(records(messages)).toEqual([
      ['INSERT', first, undefined],
      ['UPDATE', emptied, first],
      ['DELETE', undefined, emptied],
    ]);
  });

  it('are read from the table where what they are made of was not sent', async () => {
    const name = await table(
      `id int primary key, a text, b text, number int default 7, size int generated always as (length(a)) stored`,
      'alter table $table alter a set storage external',
    );
    const [, updated] = await recorder.messages(
      `insert into ${name} (id, a) values (1, repeat('x', 5000)); update ${name} set b = 'y'`,
    );
    expect(updated?.record).toEqual({ id: 1, b: 'y', number: 7, size: 5000 });
    const own = await table('id int primary key, home oid generated always as (tableoid) stored');
    const [row] = await recorder.messages(`insert into ${own} values (1)`);
    expect(row?.record).toMatchObject({ id: 1, home: expect.stringMatching(/^\d+$/) });
  });

  it('may be the key', async () => {
    const name = await table(
      'a int, id int generated always as (a * 2) stored primary key',
      'alter table $table replica identity full',
    );
    const messages = await recorder.messages(`insert into ${name} values (4); update ${name} set a = 5`);
    expect(records(messages)).toEqual([
      ['INSERT', { a: 4, id: 8 }, undefined],
      ['UPDATE', { a: 5, id: 10 }, { a: 4, id: 8 }],
    ]);
  });
});

describe('tables', () => {
  it('may have any names', async () => {
    await cluster.sql(`create table "odd. schema"."a ""table"".x" ("the. key" int primary key, "a ""b""" text, "ä" text generated always as ("a ""b""" || '%s') stored);
      alter table "odd. schema"."a ""table"".x" owner to postgres;
      grant select on "odd. schema"."a ""table"".x" to authenticated;
      alter publication supabase_realtime add table "odd. schema"."a ""table"".x"`);
    const [message] = await recorder.messages(`insert into "odd. schema"."a ""table"".x" values (1, 'x')`);
    expect(message).toMatchObject({
      schema: 'odd. schema',
      table: 'a "table".x',
      columns: [{ name: 'the. key' }, { name: 'a "b"' }, { name: 'ä' }],
      record: { 'the. key': 1, 'a "b"': 'x', ä: 'x%s' },
    });
  });

  it("that are partitions go by their own name, or by the root's if the publication says so", async () => {
    const create = (name: string) => `
      create table public.${name} (id int, region text, note text, primary key (id, region)) partition by list (region);
      create table public.${name}_north partition of public.${name} for values in ('n');
      create table public.${name}_south (note text, region text not null, id int not null);
      alter table public.${name} attach partition public.${name}_south for values in ('s');
      grant select on public.${name}, public.${name}_north, public.${name}_south to authenticated`;
    await cluster.sql(`${create('parted')}; alter publication supabase_realtime add table public.parted;
      ${create('rooted')}; create publication other for table public.rooted with (publish_via_partition_root)`);
    const write = (name: string) =>
      `insert into public.${name} values (1, 'n', 'x'), (2, 's', 'y'); update public.${name} set region = 's' where id = 1`;
    const shape = (messages: Awaited<ReturnType<Recorder['messages']>>) =>
      messages.map(({ table: name, type, record, old_record }) => [name, type, record ?? old_record]);
    expect(shape(await recorder.messages(write('parted')))).toEqual([
      ['parted_north', 'INSERT', { id: 1, region: 'n', note: 'x' }],
      ['parted_south', 'INSERT', { id: 2, region: 's', note: 'y' }],
      ['parted_north', 'DELETE', { id: 1, region: 'n' }],
      ['parted_south', 'INSERT', { id: 1, region: 's', note: 'x' }],
    ]);
    await cluster.sql(`alter publication supabase_realtime set (publish_via_partition_root = true);
      alter publication supabase_realtime add table public.rooted`);
    expect(shape(await recorder.messages(write('rooted'))).map(([name, type]) => [name, type])).toEqual([
      ['rooted', 'INSERT'],
      ['rooted', 'INSERT'],
      ['rooted', 'DELETE'],
      ['rooted', 'INSERT'],
    ]);
    await cluster.sql('alter publication supabase_realtime set (publish_via_partition_root = false)');
  });

  it('published in part give the published rows and columns only', async () => {
    const name = await table('id int primary key, a text, b text, c int generated always as (id + 1) stored');
    await cluster.sql(`alter publication supabase_realtime drop table ${name};
      alter publication supabase_realtime add table ${name} (id, a) where (id > 1)`);
    const messages = await recorder.messages(`insert into ${name} values (1, 'a', 'b'), (2, 'a', 'b')`);
    expect(records(messages)).toEqual([['INSERT', { id: 2, a: 'a' }, undefined]]);
  });

  it('altered since are told as they were written, with the columns they have now', async () => {
    const name = await table('id int primary key, a text, gone text');
    const messages = await recorder.messages(`
      insert into ${name} values (1, 'x', 'y');
      alter table ${name} drop gone;
      alter table ${name} add added int default 5;
      alter table ${name} alter id type text using 'n' || id;
      insert into ${name} values ('n2', 'z');
      alter table ${name} rename to renamed`);
    expect(messages.map(({ table: called, record }) => [called, record])).toEqual([
      [name.slice(7), { id: 1, a: 'x' }],
      [name.slice(7), { id: 'n2', a: 'z', added: 5 }],
    ]);
    const types = messages.map(({ columns }) => columns.map(({ name: column, type }) => `${column} ${type}`));
    expect(types[0]).toEqual(['id text', 'a text', 'added int4']);
    expect(await recorder.messages(`truncate public.renamed`)).toEqual([]);
  });
});
