import fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BindingError } from '../../../../stack/realtime/changes/binding-error.ts';
import { checkBindings } from '../../../../stack/realtime/changes/binding-check.ts';
import { numberBindings, parseBindings } from '../../../../stack/realtime/changes/binding.ts';
import { FilterDatabase } from '../../../../stack/realtime/changes/filter-database.ts';
import { ChangeSubscriptions } from '../../../../stack/realtime/changes/subscriptions.ts';
import type {
  ChangeListener,
  RowChange,
  TableDescription,
} from '../../../../stack/realtime/changes/types.ts';
import { Database } from '../../../../stack/realtime/database.ts';
import type { Relation } from '../../../../stack/realtime/replication/pgoutput.ts';
import { useCluster } from '../use-realtime.ts';

const silent = { debug() {}, warn() {}, error() {} };

/** By type: values for rows and for filters alike. Those a type refuses are for filters only. */
const samples: Record<string, string[]> = {
  smallint: ['-7', '0', '12', '007', 'x', '99999'],
  integer: ['-2147483648', '0', '5', ' 5 ', '2147483647', '', '1.5', '2147483648'],
  bigint: ['-9223372036854775808', '9007199254740993', '9007199254740992', '5', '9223372036854775807'],
  numeric: [
    '-1.50',
    '-1.5',
    '0',
    '0.0',
    '0.00',
    '10',
    '100',
    '9.99',
    '1e3',
    '1000.000',
    'NaN',
    'Infinity',
    '-Infinity',
    '12345678901234567890.1',
  ],
  'numeric(8,2)': ['1', '1.10', '-0.01', '1e2', 'one'],
  real: ['0', '-0', '0.1', '1e20', 'NaN', 'Infinity', '-Infinity', '16777217'],
  'double precision': ['0', '-0', '0.1', '1e300', '1e-7', 'NaN', '-Infinity', '100000000000000000'],
  text: [
    '',
    'a',
    'B',
    'ab',
    'a,b',
    '(a)',
    'a"b',
    'a\\b',
    ' a ',
    '%',
    'null',
    'é',
    'ı',
    'a\nb',
    "' or true --",
    '{a}',
    'Straße',
  ],
  'character varying(5)': ['', 'ab', 'ab ', 'AB', 'abcdefg'],
  'character(4)': ['', 'ab', 'ab  ', 'AB', 'a  b'],
  name: ['a', 'B', 'ab', ''],
  boolean: ['t', 'true', 'false', 'off', '1', '2'],
  uuid: [
    '00000000-0000-4000-8000-00000000000a',
    '00000000-0000-4000-8000-00000000000A',
    'ffffffff-0000-4000-8000-000000000000',
    '{00000000-0000-4000-8000-00000000000a}',
    'x',
  ],
  date: [
    '2024-02-29',
    '1999-12-31',
    '0044-03-15 BC',
    'infinity',
    '-infinity',
    '12024-01-01',
    '0001-01-01',
    '2024-02-30',
    'today?',
  ],
  time: ['00:00', '23:59:59.5', '23:59:59', '24:00', '12:00 PM'],
  timestamp: [
    '2024-01-01',
    '2024-01-01 00:00:00.5',
    '2024-01-01 00:00:00',
    'infinity',
    '-infinity',
    '0044-03-15 12:00 BC',
    '12024-01-01 01:00',
  ],
  timestamptz: [
    '2024-01-01T00:00:00Z',
    '2024-01-01 02:00+02',
    '2024-01-01 00:00:00.123456Z',
    '-infinity',
    'infinity',
    '0044-03-15 12:00Z BC',
    'x',
  ],
  interval: ['1 day', '24 hours', '1 month', '30 days', '-1 second', 'x'],
  bytea: ['\\x00ff', 'ab', '\\x', '\\xZZ'],
  jsonb: ['{"a":1}', '{"a":1.0}', '[]', 'null', '"a"', '{'],
  json: ['{}', '[1]'],
  'integer[]': ['{}', '{1,2}', '{1,NULL}', '{{1,2},{3,4}}', '1'],
  'text[]': ['{}', '{a,"b,c"}', '{A}'],
  int4range: ['[1,5)', '[1,4]', 'empty', '(,3)', '[5,1]'],
  inet: ['10.0.0.1', '10.0.0.1/32', '10.0.0.0/8', '::1', 'x'],
  point: ['(1,2)', '(0,0)'],
  'public.mood': ['sad', 'ok', 'happy', 'angry'],
  'public.percent': ['0', '50', '100', '101'],
  'public.email': ['a@b', 'A@B', 'nobody'],
  'public.pair': ['(1,a)', '(2,)', 'x'],
  'extensions.citext': ['a', 'A', 'b', ' '],
};
const operators = [
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'like',
  'ilike',
  'is',
  'match',
  'imatch',
  'isdistinct',
];
const patterns = ['a%', '_b', '%', '', '^a', 'a|b', '[', '(', 'a\\', '\\%', '.*', 'B', '\\x00ff'];
const symbols: Record<string, string> = {
  ...{
    eq: '=',
    neq: '<>',
    lt: '<',
    lte: '<=',
    gt: '>',
    gte: '>=',
    in: '= any',
    like: 'like',
    ilike: 'ilike',
  },
  ...{ match: '~', imatch: '~*', isdistinct: 'is distinct from' },
};
const types = Object.keys(samples);
const columnOf = (type: string) => `c${types.indexOf(type)}`;

let database: Database;
let client: Client;
let changes: RowChange[];
let table: TableDescription;

const cluster = useCluster(`
    create extension if not exists citext with schema extensions;
    create type public.mood as enum ('sad', 'ok', 'happy');
    create domain public.percent as integer not null default 0 check (value between 0 and 100);
    create domain public.email as text check (value like '%@%');
    create type public.pair as (number integer, word text);
    create table public.samples (
      id integer primary key, ${types.map((type) => `${columnOf(type)} ${type}`).join(', ')}
    );
    grant select on public.samples to authenticated;
    alter publication supabase_realtime add table public.samples;
  `);
beforeAll(async () => {
  database = new Database(cluster.adminUrl, silent);
  client = new Client({
    connectionString: cluster.adminUrl,
    options: '-c timezone=UTC -c datestyle=ISO -c bytea_output=hex',
  });
  await client.connect();
  await fillSamples();
});
afterAll(async () => {
  await client?.end();
  await database?.close();
});

/** One row for each place in the lists, where a list has no more (or nothing that fits), null. */
async function fillSamples(): Promise<void> {
  const longest = Math.max(...Object.values(samples).map((values) => values.length));
  for (let row = 0; row <= longest; row++) {
    await client.query(`insert into public.samples (id) values ($1)`, [row]);
    for (const [type, values] of Object.entries(samples)) {
      if (values[row] === undefined) continue;
      await client
        .query(`update public.samples set ${columnOf(type)} = ($1::text)::${type} where id = $2`, [
          values[row],
          row,
        ])
        .catch(() => undefined);
    }
  }
  const columns = await client.query<{ name: string; type: number; oid: number }>(
    `select attname as name, atttypid::int as type, attrelid::int as oid from pg_attribute
     where attrelid = 'public.samples'::regclass and attnum > 0 order by attnum`,
  );
  const relation: Relation = {
    ...{ id: columns.rows[0]?.oid ?? 0, schema: 'public', name: 'samples', replicaIdentity: 'd' },
    columns: columns.rows.map(({ name, type }) => ({ name, isKey: name === 'id', typeId: type })),
  };
  const written = relation.columns.map(
    ({ name }) => `case when num_nulls(${name}::text) = 0 then format('%s', ${name}) end as ${name}`,
  );
  const rows = await client.query<Record<string, string | null>>(
    `select ${written.join()} from public.samples order by samples.id`,
  );
  changes = rows.rows.map((row) => ({
    ...{ kind: 'INSERT' as const, relation, old: null },
    row: relation.columns.map(({ name }) => (row[name] == null ? null : Buffer.from(row[name]))),
  }));
  table = {
    ...{ oid: relation.id, schema: 'public', name: 'samples', columns: [], primaryKey: ['id'] },
    ...{ replicaIdentity: 'd', rowSecurity: false },
  };
}

/** Ids of the rows that get through, by this server's filters. */
async function matched(filter: string): Promise<number[] | 'refused'> {
  const sent = [{ event: '*', schema: 'public', table: 'samples', filter }];
  const listener: ChangeListener = { claims: { role: 'authenticated', claimsJson: '{}' } };
  try {
    const failures: string[] = [];
    const subscriptions = new ChangeSubscriptions({
      database: new FilterDatabase(database),
      generated: async () => [],
      onFilterFailed: (_, reason) => failures.push(reason),
    });
    subscriptions.set(
      listener,
      await checkBindings(database, 'authenticated', parseBindings(sent, numberBindings(sent))),
    );
    const found = await subscriptions.match(table, changes);
    if (failures.length > 0) return 'refused';
    return found.flatMap((listeners, index) => (listeners.length > 0 ? [index] : []));
  } catch (error) {
    if (error instanceof BindingError) return 'refused';
    throw error;
  }
}

/** Ids of the rows that get through, by SQL. */
async function selected(
  type: string,
  operator: string,
  operand: string,
  isNegated: boolean,
): Promise<number[] | 'refused'> {
  const column = columnOf(type);
  const isPattern = /like|match/.test(operator) && type !== 'bytea';
  // Without a length: a filter's operand is neither cut nor rounded to fit the column.
  const plain = type.replace(/^character\(.*/, 'bpchar').replace(/\(.*/, '');
  const target = operator === 'in' ? `${plain}[]` : isPattern ? 'text' : plain;
  const condition =
    operator === 'is' ? `${column} is ${operand}` : `${column} ${symbols[operator]} (($1::text)::${target})`;
  try {
    await client.query('begin');
    const { rows } = await client.query<{ id: number }>(
      `select id from public.samples where ${isNegated ? 'not' : ''} (${condition}) order by id`,
      operator === 'is' ? [] : [operand],
    );
    return rows.map(({ id }) => id);
  } catch {
    return 'refused';
  } finally {
    await client.query('rollback');
  }
}

const quoted = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;

describe('filters', () => {
  it('let through what the same condition selects, for every operator and type', async () => {
    const cases = fc.constantFrom(...types).chain((type) => {
      const values = fc.constantFrom(...(samples[type] ?? []));
      return fc.constantFrom(...operators).chain((operator) =>
        fc.record({
          type: fc.constant(type),
          operator: fc.constant(operator),
          operand:
            operator === 'is'
              ? fc.constantFrom('null', 'true', 'false', 'unknown')
              : operator === 'in'
                ? fc.array(values, { maxLength: 3 }).map((list) => `{${list.map(quoted).join()}}`)
                : operator.includes('like') || operator.includes('match')
                  ? fc.oneof(values, fc.constantFrom(...patterns))
                  : values,
          isNegated: fc.boolean(),
        }),
      );
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ type, operator, operand, isNegated }) => {
        const value =
          operator === 'in' ? `(${operand.slice(1, -1)})` : operator === 'is' ? operand : quoted(operand);
        const filter = `${columnOf(type)}=${isNegated ? 'not.' : ''}${operator}.${value}`;
        expect({ filter, type, rows: await matched(filter) }).toEqual({
          filter,
          type,
          rows: await selected(type, operator, operand, isNegated),
        });
      }),
      { numRuns: 250 },
    );
  });
});
