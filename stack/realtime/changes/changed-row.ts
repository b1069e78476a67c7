import type { Relation } from '../replication/pgoutput.ts';
import type { ColumnValue } from './filter-condition.ts';
import type { RawRow } from './raw-rows.ts';
import type { RowChange } from './types.ts';

/** Where a relation's columns are; relations live as long as the stream keeps them. */
const positions = new WeakMap<Relation, ReadonlyMap<string, number>>();

function positionsOf(relation: Relation): ReadonlyMap<string, number> {
  const known = positions.get(relation);
  if (known) return known;
  const found = new Map(relation.columns.map(({ name }, index) => [name, index]));
  positions.set(relation, found);
  return found;
}

/**
 * The values that filters are held against: the new row, or the old one of a delete, as far as the log has it. What
 * an update left out because it did not change is taken from the old row where that is known.
 */
export class ChangedRow {
  readonly change: RowChange;
  readonly #decoded = new Map<string, ColumnValue | undefined>();

  readonly #generated: RawRow | null;

  /** @param generated values that are not in the log because they are computed from others */
  constructor(change: RowChange, generated: RawRow | null = null) {
    this.change = change;
    this.#generated = generated;
  }

  /** @returns undefined when the column is not in the log, or is not of that type any more */
  value(column: string, typeId: number): ColumnValue | undefined {
    if (this.#decoded.has(column)) return this.#decoded.get(column);
    const value = this.#read(column, typeId);
    this.#decoded.set(column, value);
    return value;
  }

  #read(column: string, typeId: number): ColumnValue | undefined {
    const { relation, row, old } = this.change;
    const index = positionsOf(relation).get(column);
    const described = index === undefined ? undefined : relation.columns[index];
    if (index === undefined) {
      const computed = this.#generated?.get(column);
      return computed?.typeId === typeId ? computed.text : undefined;
    }
    if (described?.typeId !== typeId) return undefined;
    let bytes = row?.[index];
    if (bytes === undefined && old && (old.whole || described.isKey)) bytes = old.values[index];
    return bytes === undefined ? undefined : (bytes?.toString() ?? null);
  }
}
