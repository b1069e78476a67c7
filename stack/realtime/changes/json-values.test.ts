import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayToJson, conversionOf, type TypeDescription } from './json-values.ts';

const plain = (id: number, delimiter = ','): TypeDescription => ({
  id,
  name: `pg_catalog.t${id}`,
  kind: 'plain',
  of: 0,
  delimiter,
});
const types = new Map<number, TypeDescription>(
  [
    plain(25),
    plain(701),
    { ...plain(1009), kind: 'array' as const, of: 25 },
    { ...plain(1022), kind: 'array' as const, of: 701 },
    { ...plain(20_000), kind: 'domain' as const, of: 701 },
    { ...plain(20_001), kind: 'composite' as const },
    { ...plain(20_002), kind: 'array' as const, of: 20_001 },
  ].map((type) => [type.id, type]),
);
const convert = (typeId: number, text: string) => conversionOf(typeId, types)?.(text);

describe('values of the stream', () => {
  it.each([
    [16, 't', 'true'],
    [16, 'f', 'false'],
    [20, '9223372036854775807', '9223372036854775807'],
    [1700, '1.10', '1.10'],
    [1700, 'NaN', 'null'],
    [701, '-Infinity', 'null'],
    [701, '1e+20', '1e+20'],
    [20_000, 'NaN', 'null'],
    [1022, '{NaN,1.5}', '["NaN",1.5]'],
    [17, '\\x00ff', '"00ff"'],
    [1114, '0044-03-15 12:00:00 BC', '"0044-03-15T12:00:00 BC"'],
    [1184, '2026-11-21 04:10:34.158+00', '"2026-11-21T04:10:34.158+00:00"'],
    [1184, '0044-03-15 12:00:00+00 BC', '"0044-03-15T12:00:00+00:00 BC"'],
    [1184, '-infinity', '"-infinity"'],
    [114, '{"a" :1e5}', '{"a" :1e5}'],
  ])('of type %i: %s becomes %s', (typeId, text, json) => {
    expect(convert(typeId, text)).toBe(json);
  });

  it('of composite types, and of types unknown here, are left to the database', () => {
    for (const typeId of [20_001, 20_002, 4_000_000_000]) expect(conversionOf(typeId, types)).toBeNull();
  });
});

describe('arrays', () => {
  type Nested = (string | null | Nested)[];
  const write = (value: string | null | Nested): string => {
    if (value === null) return 'NULL';
    if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
    return `{${value.map(write).join(',')}}`;
  };

  it('keep every element, nested as they are', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('NULL', '', '\\', '"', '{', ',', '}'),
    );
    const nested = fc.letrec<{ list: Nested }>((tie) => ({
      list: fc.array(fc.oneof({ maxDepth: 3 }, leaf, fc.constant(null), tie('list')), { maxLength: 4 }),
    })).list;
    fc.assert(
      fc.property(nested, (value) => {
        expect(JSON.parse(arrayToJson(write(value), ',', JSON.stringify) ?? '')).toEqual(value);
      }),
    );
  });

  it('may begin anywhere, be written without quotes, and have other delimiters', () => {
    expect(convert(1009, '[-1:0][3:4]={{a,NULL},{"NULL",b c}}')).toBe('[["a",null],["NULL","b c"]]');
    expect(arrayToJson('{(1,2),(0,0);(3,4),(2,2)}', ';', JSON.stringify)).toBe(
      '["(1,2),(0,0)","(3,4),(2,2)"]',
    );
  });

  it('that are none are not taken for any', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{},"\\a') });
    fc.assert(
      fc.property(text, (anything) => {
        const json = arrayToJson(anything, ',', JSON.stringify);
        if (json !== null) expect(Array.isArray(JSON.parse(json))).toBe(true);
      }),
    );
    for (const broken of ['', '{', '{a', '{a,}', '{,a}', '{a}b', '{"a}', 'a', '{a}{b}'])
      expect(arrayToJson(broken, ',', JSON.stringify)).toBeNull();
  });
});
