/** What a join asks for with one entry of `postgres_changes`. */
import { isDeeperThan, isRecord } from '../values.ts';
import { BindingError, notation } from './binding-error.ts';
import { parseFilter, type FilterCondition } from './filter-grammar.ts';
import type { ChangeKind } from './types.ts';

/** Stands for all schemas or all tables. */
export const wildcard = '*';

export interface Binding {
  /** Number within its channel; entries that say the same share one. */
  readonly id: number;
  readonly event: ChangeKind | typeof wildcard;
  readonly schema: string;
  readonly table: string;
  readonly conditions: readonly FilterCondition[];
  /** Columns to send, sorted; null for all. */
  readonly select: readonly string[] | null;
}

/** The entry as it goes back to the client, which insists on finding what it sent. */
export type EchoedBinding = Readonly<Record<string, unknown>> & { readonly id: number };

/** Deepest nesting of an entry, which has to be written out again. */
const deepest = 50;

/**
 * Gives every entry its number, in the order they came; equal entries get equal numbers.
 * @throws BindingError when an entry is nested too deeply to be sent back
 */
export function numberBindings(sent: readonly unknown[]): EchoedBinding[] {
  const numbers = new Map<string, number>();
  return sent.map((entry) => {
    if (isDeeperThan(entry, deepest))
      throw new BindingError(`A postgres_changes binding is nested more than ${deepest} levels deep`);
    const key = notation(entry);
    const id = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, id);
    return { ...(isRecord(entry) ? entry : {}), id };
  });
}

/**
 * Reads the entries of a join; those with the same number once.
 * @throws BindingError for the first that cannot be understood
 */
export function parseBindings(sent: readonly unknown[], echoed: readonly EchoedBinding[]): Binding[] {
  const bindings = new Map<number, Binding>();
  for (const [index, { id }] of echoed.entries())
    if (!bindings.has(id)) bindings.set(id, parseBinding(sent[index], id));
  return [...bindings.values()];
}

function parseBinding(sent: unknown, id: number): Binding {
  if (!isRecord(sent)) throw withoutTable(sent);
  const select = parseSelect(sent['select']);
  const { schema, table, filter } = parseNames(sent);
  if (select && (schema === wildcard || table === wildcard))
    throw new BindingError(
      'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
    );
  const conditions = parseFilter(filter);
  const texts = [schema, table, ...(select ?? []), ...conditions.flatMap((one) => [one.column, one.operand])];
  // No name and no value in the database has it, and it cannot even be asked about.
  if (texts.some((text) => text.includes('\0')))
    throw new BindingError('Error parsing `filter` params: a zero character is not allowed');
  return { id, event: parseEvent(sent['event']), schema, table, conditions, select };
}

/** A filter needs a table; without one, the table is every table, and the schema is `public`. */
function parseNames(sent: Record<string, unknown>): { schema: string; table: string; filter: string } {
  const [schema, table, filter] = [sent['schema'] ?? null, sent['table'] ?? null, sent['filter'] ?? null];
  const isUsable = [schema, table, filter].every((part) => part === null || typeof part === 'string');
  if (
    !isUsable ||
    (schema === null && table === null) ||
    (filter !== null && (table === null || schema === null))
  )
    throw withoutTable(sent);
  return { schema: text(schema) ?? 'public', table: text(table) ?? wildcard, filter: text(filter) ?? '' };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Whatever is no event asks for all of them. */
function parseEvent(event: unknown): Binding['event'] {
  const name = typeof event === 'string' ? event.toUpperCase() : wildcard;
  return name === 'INSERT' || name === 'UPDATE' || name === 'DELETE' ? name : wildcard;
}

function parseSelect(select: unknown): string[] | null {
  if (typeof select === 'string')
    throw new BindingError(
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    );
  if (!Array.isArray(select)) return null;
  const names = select.filter((name): name is string => typeof name === 'string');
  return names.length === 0 ? null : [...new Set(names)].sort();
}

const withoutTable = (sent: unknown) =>
  new BindingError(
    `No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${notation(sent)}`,
  );

/** A binding in the hosted server's words about it. */
export function describeBinding({ event, schema, table, conditions, select }: Binding): string {
  const filters = conditions.map(
    ({ column, operator, operand, isNegated }) =>
      `{${notation(column)}, ${notation(operator)}, ${notation(operand)}, ${isNegated}}`,
  );
  return `[event: ${event}, schema: ${schema}, table: ${table}, filters: [${filters.join(', ')}], select: ${notation(select)}]`;
}
