import type { Relation, TupleValue } from '../replication/pgoutput.ts';
import type { RowChange, TableDescription } from './types.ts';

export interface RawValue {
  readonly typeId: number;
  /** As the stream wrote it; null is SQL null. */
  readonly text: string | null;
  /** Its JSON, where the database had to be asked for it. */
  json?: string;
}

/** What is known of a row, by column name. */
export type RawRow = Map<string, RawValue>;

/** A change with its values by name. */
export interface RawChange {
  readonly change: RowChange;
  readonly row: RawRow | null;
  readonly old: RawRow | null;
  /** Whether the row is too large to be sent whole. */
  readonly isOversize: boolean;
}

/** What the hosted server's own description of a value takes besides its name and its text. */
const bytesPerColumn = 60;

/**
 * Reads a change. An unchanged TOASTed value, which the stream leaves out, is taken from the former row where that is
 * known whole, and is missing otherwise.
 */
export function rawChange(change: RowChange, maxRecordBytes: number): RawChange {
  const { relation, row, old } = change;
  const former = old?.whole ? old.values : [];
  return {
    change,
    row: row && rawRow(relation, (index) => (row[index] === undefined ? former[index] : row[index])),
    old: old && rawRow(relation, (index) => formerValue(change, index)),
    isOversize: sizeOf(relation, row) + sizeOf(relation, old?.values) > maxRecordBytes,
  };
}

/**
 * The former row of an update whose identity did not change: the stream sends none then.
 * @returns null for other changes
 */
export function unchangedIdentity({ change, row, old }: RawChange, table: TableDescription): RawRow | null {
  if (change.kind !== 'UPDATE' || old !== null || row === null) return null;
  const marked = change.relation.columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const names = table.replicaIdentity === 'd' ? [...marked, ...table.primaryKey] : marked;
  return new Map([...row].filter(([name]) => names.includes(name)));
}

/** A relation with further columns of its table behind those that the stream sends. */
export function withColumns(relation: Relation, names: readonly string[], table: TableDescription): Relation {
  const added = table.columns.filter(({ name }) => names.includes(name));
  const columns = added.map(({ name, typeId }) => ({ name, typeId, isKey: false }));
  return { ...relation, columns: [...relation.columns, ...columns] };
}

/** A change with the values that its rows gained by name. */
export function withValues(change: RowChange, { row, old }: RawChange, relation: Relation): RowChange {
  const added = relation.columns.slice(change.relation.columns.length);
  const gained = (from: RawRow | null): TupleValue[] =>
    added.map(({ name }) => {
      const text = from?.get(name)?.text;
      return typeof text === 'string' ? Buffer.from(text) : text;
    });
  return {
    kind: change.kind,
    relation,
    row: change.row && [...change.row, ...gained(row)],
    old: change.old && { ...change.old, values: [...change.old.values, ...gained(old)] },
  };
}

/** A former row that is not whole is just its key, though its tuple has a place for every column. */
function formerValue({ relation, old }: RowChange, index: number): TupleValue {
  return old?.whole || relation.columns[index]?.isKey ? old?.values[index] : undefined;
}

function rawRow({ columns }: Relation, valueAt: (index: number) => TupleValue): RawRow {
  const row: RawRow = new Map();
  for (const [index, { name, typeId }] of columns.entries()) {
    const value = valueAt(index);
    if (value !== undefined) row.set(name, { typeId, text: value && value.toString() });
  }
  return row;
}

function sizeOf({ columns }: Relation, values: readonly TupleValue[] | null | undefined): number {
  let bytes = 0;
  for (const [index, value] of (values ?? []).entries())
    bytes += (value?.length ?? 0) + (columns[index]?.name.length ?? 0) + bytesPerColumn;
  return bytes;
}
