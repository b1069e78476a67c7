import { NO_FILTERS, type BoardFilters } from '$lib/data/customers/schema';
import { isId } from '$lib/domain/text';

const LISTS = {
  owners: 'owner',
  products: 'product',
  sources: 'source',
  tags: 'tag',
  territories: 'territory',
} as const;

export type FilterList = keyof typeof LISTS;

/** The filters of an address: `?owner=…&owner=…&tag=…&q=…`. Anything malformed is left out. */
export function readFilters(parameters: URLSearchParams): BoardFilters {
  const list = (name: FilterList, isValid: (value: string) => boolean) =>
    [...new Set(parameters.getAll(LISTS[name]).filter(isValid))].sort().slice(0, 20);
  return {
    ...NO_FILTERS,
    owners: list('owners', isId),
    products: list('products', isId),
    sources: list('sources', isLabel),
    tags: list('tags', isLabel),
    territories: list('territories', isId),
    text: (parameters.get('q') ?? '').trim().slice(0, 100),
  };
}

/** The same filters as an address, the rest of which stays as it is. */
export function writeFilters(filters: BoardFilters, url: URL): URL {
  const next = new URL(url);
  for (const [name, parameter] of Object.entries(LISTS)) {
    next.searchParams.delete(parameter);
    for (const value of filters[isFilterList(name) ? name : 'tags'])
      next.searchParams.append(parameter, value);
  }
  next.searchParams.delete('q');
  if (filters.text !== '') next.searchParams.set('q', filters.text);
  return next;
}

/** With `value` added to a list, or taken out of it. */
export function toggleFilter(filters: BoardFilters, list: FilterList, value: string): BoardFilters {
  const values = filters[list];
  const changed = values.includes(value) ? values.filter((one) => one !== value) : [...values, value].sort();
  return { ...filters, [list]: changed };
}

function isFilterList(name: string): name is FilterList {
  return name in LISTS;
}

function isLabel(value: string): boolean {
  return value.trim() !== '' && value.length <= 80;
}
