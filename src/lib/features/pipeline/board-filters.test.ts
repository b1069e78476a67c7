import { expect, it } from 'vitest';
import { NO_FILTERS } from '$lib/data/customers/schema';
import { readFilters, toggleFilter, writeFilters } from './board-filters';

const lena = '6f1d2a3e-0000-4000-8000-000000000001';

it('filters survive the way into the address and back, beside what else is there', () => {
  const filters = {
    ...NO_FILTERS,
    owners: [lena],
    territories: [lena],
    tags: ['a&b', 'vip'],
    text: 'müller',
  };
  const url = writeFilters(filters, new URL('https://app.example/x/pipeline?keep=1&tag=old'));
  expect(url.searchParams.get('keep')).toBe('1');
  expect(readFilters(url.searchParams)).toEqual(filters);
  expect(writeFilters(NO_FILTERS, url).search).toBe('?keep=1');
});

it('nonsense in the address is left out', () => {
  expect(readFilters(new URLSearchParams("owner='; drop&tag=%20&product=1&territory=cairo"))).toEqual(
    NO_FILTERS,
  );
});

it('a value is added once and taken out again, and the order does not matter', () => {
  const both = toggleFilter(toggleFilter(NO_FILTERS, 'tags', 'b'), 'tags', 'a');
  expect(both.tags).toEqual(['a', 'b']);
  expect(toggleFilter(both, 'tags', 'b').tags).toEqual(['a']);
});
