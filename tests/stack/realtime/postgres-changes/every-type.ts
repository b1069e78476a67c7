import fc from 'fast-check';

/** A column of the test table: its type, and texts that Postgres reads as values of it. */
export interface TypedColumn {
  readonly type: string;
  readonly values: fc.Arbitrary<string>;
}

/** Types of the tests' own, made before the table. */
export const ownTypes = `
  create extension if not exists ltree schema extensions;
  create extension if not exists hstore schema extensions;
  create extension if not exists citext schema extensions;
  create schema "odd. schema";
  create type "odd. schema"."Mood. of a day" as enum ('calm', 'it''s "fine"', 'a,b', 'NULL');
  create domain public.percentage as numeric(6,3) check (value between 0 and 100);
  create domain public.labels as text[] check (cardinality(value) < 100);
  create domain public.moment as timestamptz;
  create type public.money_of as (amount numeric, "the currency" text, at timestamptz, tags text[]);
  create domain public.price as public.money_of;`;

const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const bigInts = (bits: bigint) => fc.bigInt({ min: -(2n ** bits), max: 2n ** bits - 1n }).map(String);
/** Anything but NUL, which Postgres does not store, and halves of surrogate pairs. */
const texts = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
const nasty = fc.oneof(
  texts,
  fc.constantFrom('', 'NULL', 'null', '{}', '{', ',', '"', '\\', ' ', '\n', 'ä😀', 'a"b\\c'),
);
const words = fc.string({ unit: fc.constantFrom(...'abcxyz_'), minLength: 1, maxLength: 8 });
const two = (max: number, min = 0) =>
  fc.integer({ min, max }).map((number) => String(number).padStart(2, '0'));

const numbers = fc
  .tuple(fc.constantFrom('', '-'), digits(1, 30), fc.option(digits(1, 20)))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`);
const doubles = fc.double({ noNaN: false }).map(String);
const floats = fc.float({ noNaN: false }).map(String);
const dates = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 4000 }), two(12, 1), two(28, 1), fc.constantFrom('', '', ' BC'))
    .map(([year, month, day, era]) => `${String(year).padStart(4, '0')}-${month}-${day}${era}`),
  fc.constantFrom('infinity', '-infinity', '20000-02-29'),
);
const times = fc
  .tuple(two(23), two(59), two(59), fc.option(digits(1, 6)))
  .map(
    ([hour, minute, second, micros]) => `${hour}:${minute}:${second}${micros === null ? '' : `.${micros}`}`,
  );
const zones = fc.constantFrom('+00', '+05:30', '-11:45', '+13');
const moments = fc
  .tuple(dates, times)
  .map(([date, time]) => (date.includes('infinity') ? date : date.replace(/( BC)?$/, ` ${time}$1`)));
const zoned = fc
  .tuple(moments, zones)
  .map(([moment, zone]) => (moment.includes('infinity') ? moment : moment.replace(/( BC)?$/, `${zone}$1`)));
const intervals = fc
  .tuple(
    fc.integer({ min: -500, max: 500 }),
    fc.integer({ min: -500, max: 500 }),
    fc.integer({ min: -1e6, max: 1e6 }),
  )
  .map(([months, days, seconds]) => `${months} months ${days} days ${seconds / 8} seconds`);
const hex = fc.uint8Array({ maxLength: 20 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`);
const json = fc
  .json({ maxDepth: 3, stringUnit: 'grapheme', noUnicodeString: false })
  .map((text) => text.replaceAll('\\u0000', ''));
const moods = fc.constantFrom('calm', 'it\'s "fine"', 'a,b', 'NULL');

/** Arrays of up to two dimensions, with nulls, each element quoted. */
function arrays(elements: fc.Arbitrary<string>, delimiter = ','): fc.Arbitrary<string> {
  const quoted = fc
    .option(elements, { freq: 4 })
    .map((text) => (text === null ? 'NULL' : `"${text.replaceAll(/["\\]/g, '\\$&')}"`));
  const list = (length: number) =>
    fc.array(quoted, { minLength: length, maxLength: length }).map((items) => `{${items.join(delimiter)}}`);
  const flat = fc.integer({ min: 0, max: 4 }).chain(list);
  const nested = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
    .chain(([rows, width]) => fc.array(list(width), { minLength: rows, maxLength: rows }))
    .map((rows) => `{${rows.join(delimiter)}}`);
  const shifted = fc
    .integer({ min: 1, max: 3 })
    .chain((length) => list(length).map((text) => `[0:${length - 1}]=${text}`));
  return fc.oneof(flat, nested, shifted);
}

const composites = fc
  .tuple(numbers, nasty, zoned, arrays(nasty))
  .map((fields) => `(${fields.map((field) => `"${field.replaceAll(/["\\]/g, '$&$&')}"`).join(',')})`);
const intRanges = fc
  .tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(1000), fc.constantFrom('[]', '[)', '(]'))
  .map(([from, length, [left, right]]) => `${left}${from},${from + length}${right}`);
const points = fc
  .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
  .map(([x, y]) => `(${x},${y})`);
const boxes = fc.tuple(points, points).map((corners) => corners.join(','));

const column = (type: string, values: fc.Arbitrary<string>): TypedColumn => ({ type, values });

/** Every kind of type that a migration can use. */
export const typedColumns: readonly TypedColumn[] = [
  column('boolean', fc.boolean().map(String)),
  column('smallint', bigInts(15n)),
  column('integer', bigInts(31n)),
  column('bigint', bigInts(63n)),
  column('numeric', fc.oneof(numbers, fc.constantFrom('NaN', 'Infinity', '-Infinity', '1e100', '0.000'))),
  column('numeric(12,3)', bigInts(29n)),
  column('real', floats),
  column('double precision', doubles),
  column('oid', fc.nat().map(String)),
  column('money', fc.integer().map(String)),
  column('text', nasty),
  column('varchar(100)', nasty),
  column(
    'char(5)',
    words.map((word) => word.slice(0, 5)),
  ),
  column('name', words),
  column('"char"', fc.constantFrom(...'aB"\\ ')),
  column('extensions.citext', nasty),
  column('bytea', hex),
  column('uuid', fc.uuid()),
  column('json', json),
  column('jsonb', json),
  column('jsonpath', fc.constantFrom('$.a[*] ? (@ > 1)', 'strict $')),
  column('xml', fc.constantFrom('<a b="c">d</a>', '')),
  column('date', dates),
  column('time', times),
  column(
    'timetz',
    fc.tuple(times, zones).map((parts) => parts.join('')),
  ),
  column('timestamp', moments),
  column('timestamptz', zoned),
  column('timestamptz(0)', zoned),
  column('interval', intervals),
  column(
    'inet',
    fc.tuple(fc.ipV4(), fc.nat(32)).map((parts) => parts.join('/')),
  ),
  column('cidr', fc.ipV6()),
  column('macaddr', fc.constant('08:00:2b:01:02:03')),
  column('bit(3)', fc.constantFrom('101', '000')),
  column('varbit', fc.constantFrom('', '1', '10101')),
  column('point', points),
  column('box', boxes),
  column(
    'tsvector',
    arrays(words).map((text) => text.replaceAll(/[^a-z]+/g, ' ')),
  ),
  column('int2vector', fc.constantFrom('', '1 2 3')),
  column('pg_lsn', fc.constant('16/B374D848')),
  column('int4range', fc.oneof(intRanges, fc.constantFrom('empty', '(,)'))),
  column(
    'tstzrange',
    dates.filter((date) => !/BC|inf/.test(date)).map((date) => `["${date} 12:00+02",)`),
  ),
  column(
    'nummultirange',
    intRanges.map((range) => `{${range}}`),
  ),
  column(
    'extensions.ltree',
    fc.array(words, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
  ),
  column('extensions.hstore', fc.constantFrom('', '"a"=>"1", "b c"=>NULL', 'x=>"\\"quoted\\""')),
  column('"odd. schema"."Mood. of a day"', moods),
  column('public.percentage', fc.integer({ min: 0, max: 100 }).map(String)),
  column('public.moment', zoned),
  column('public.money_of', composites),
  column('public.price', composites),
  column('public.labels', arrays(nasty)),
  column('boolean[]', arrays(fc.boolean().map(String))),
  column('bigint[]', arrays(bigInts(63n))),
  column('numeric[]', arrays(fc.oneof(numbers, fc.constant('NaN')))),
  column('double precision[]', arrays(doubles)),
  column('text[]', arrays(nasty)),
  column('uuid[]', arrays(fc.uuid())),
  column('jsonb[]', arrays(json)),
  column('bytea[]', arrays(hex)),
  column('date[]', arrays(dates)),
  column('timestamptz[]', arrays(zoned)),
  column('tstzrange[]', arrays(fc.constantFrom('["2026-11-21 12:00+00",)', 'empty'))),
  column('box[]', arrays(boxes, ';')),
  column('extensions.ltree[]', arrays(words)),
  column('extensions.hstore[]', arrays(fc.constant('"a"=>"1"'))),
  column('"odd. schema"."Mood. of a day"[]', arrays(moods)),
  column('public.percentage[]', arrays(fc.integer({ min: 0, max: 100 }).map(String))),
  column('public.money_of[]', arrays(composites)),
];
