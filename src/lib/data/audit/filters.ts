import { isId } from '$lib/domain/text';
import { NO_FILTERS, type TrailFilters } from './schema';

const isName = (text: string) => /^[a-z][a-z0-9_]{0,62}$/.test(text);
const isDay = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

const valid: Record<keyof TrailFilters, (text: string) => boolean> = {
  actor: (text) => text === 'system' || isId(text),
  table: isName,
  action: isName,
  from: isDay,
  to: isDay,
  record: isId,
};

const NAMES = Object.keys(NO_FILTERS) as (keyof TrailFilters)[];

/** The filters of an address; what is no such value is left out. */
export function readFilters(parameters: URLSearchParams): TrailFilters {
  const filters = { ...NO_FILTERS };
  for (const name of NAMES) {
    const text = parameters.get(name) ?? '';
    if (valid[name](text)) filters[name] = text;
  }
  return filters;
}

/** The filters as the query of an address, `?table=customers`; empty without any. */
export function writeFilters(filters: TrailFilters): string {
  const set = NAMES.filter((name) => filters[name] !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map((name) => [name, filters[name]]))}`;
}

/** The id in what a person pasted: an id, or the address of a record's page. Empty when there is none. */
export function recordIdIn(text: string): string {
  return /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i.exec(text)?.[0].toLowerCase() ?? '';
}
