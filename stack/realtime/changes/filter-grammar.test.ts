import fc from 'fast-check';
import { postgresChangesFilter } from '@supabase/supabase-js';
import { describe, expect, it } from 'vitest';
import { BindingError } from './binding-error.ts';
import { parseFilter } from './filter-grammar.ts';

const one = (column: string, operator: string, operand: string, isNegated = false) => ({
  ...{ column, operator, operand, isNegated },
});

describe('a filter', () => {
  it.each([
    ['id=eq.5', [one('id', 'eq', '5')]],
    ['id=not.eq.5', [one('id', 'eq', '5', true)]],
    ['  ', []],
    ['id=gt.0, id=lt.100', [one('id', 'gt', '0'), one('id', 'lt', '100')]],
    ['name=eq.a.b=c', [one('name', 'eq', 'a.b=c')]],
    ['name=eq.', [one('name', 'eq', '')]],
    ['name=in.(a,b),id=eq.1', [one('name', 'in', '{a,b}'), one('id', 'eq', '1')]],
    ['name=not.in.("a,b",c)', [one('name', 'in', '{"a,b",c}', true)]],
    ['name=eq."a,\\"b\\\\"', [one('name', 'eq', 'a,"b\\')]],
    ['name=eq."open', [one('name', 'eq', '"open')]],
    ['name=eq."a"b', [one('name', 'eq', '"a"b')]],
    ['name=like.%(a,b)%', [one('name', 'like', '%(a,b)%')]],
    ['name=match.a)b', [one('name', 'match', 'a)b')]],
    ['name=eq.it"s,id=eq.1', [one('name', 'eq', 'it"s'), one('id', 'eq', '1')]],
    ['not.x=not.not.eq.1', null],
    ['subject=foo.hey', 'Error parsing `filter` params: ["foo", "hey"]'],
    ['undefined', 'Error parsing `filter` params: ["undefined"]'],
    ['id=eq', 'Error parsing `filter` params: ["eq"]'],
    [
      'id=eq.1,',
      'Error parsing `filter` params: filter must not contain empty segments (check for extra commas)',
    ],
    ['id=in.1', 'Error parsing `filter` params: `in` filter value must be wrapped by parentheses'],
  ])('%s is read as the hosted server reads it', (filter, expected) => {
    if (Array.isArray(expected)) expect(parseFilter(filter)).toEqual(expected);
    else expect(() => parseFilter(filter)).toThrow(expected ?? BindingError);
  });

  it('comes out as the official builder put it in', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, fc.array(text, { minLength: 1, maxLength: 4 }), (first, second, list) => {
        const filter = postgresChangesFilter().eq('a', first).not('b', 'ilike', second).in('c', list).build();
        const [a, b, c, ...more] = parseFilter(filter);
        expect([a?.operand, b?.operand, b?.isNegated, c?.column, more]).toEqual([
          first,
          second,
          true,
          'c',
          [],
        ]);
      }),
    );
  });

  it('is understood or refused, whatever it is', () => {
    const piece = fc.constantFrom('a', '=', 'eq', '.', ',', '"', '\\', '(', ')', 'not.', 'in', ' ', '\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseFilter(pieces.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(BindingError);
        }
      }),
    );
  });

  it('is answered briefly, however long it is', () => {
    for (const hostile of [
      '"'.repeat(99_999),
      `a=eq."${'\\"'.repeat(49_000)}`,
      '(='.repeat(40_000),
      'a'.repeat(2e6),
    ]) {
      const began = performance.now();
      const outcome = (() => {
        try {
          return parseFilter(hostile).length;
        } catch (error) {
          return String(error);
        }
      })();
      expect(String(outcome).length).toBeLessThan(2_100);
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });
});
