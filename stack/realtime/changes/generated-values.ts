import type { Catalog } from './catalog.ts';
import type { GeneratedColumns } from './generated-columns.ts';
import { rawChange, type RawRow } from './raw-rows.ts';
import type { RowChange, TableDescription } from './types.ts';

/**
 * Computes generated columns for filters.
 * @returns for each change its values; null where there is no whole row to compute them from
 */
export type GeneratedValues = (
  table: TableDescription,
  changes: readonly RowChange[],
  names: readonly string[],
) => Promise<readonly (RawRow | null)[]>;

/** Computes with what the catalogue knows of the table. */
export function generatedValues(catalog: Catalog, columns: GeneratedColumns): GeneratedValues {
  return async (table, changes, names) => {
    const facts = catalog.factsOf(table);
    if (!facts) return [];
    const rows = changes.map((change) => {
      const { row, old } = rawChange(change, Infinity);
      return row ?? (change.old?.whole ? old : null);
    });
    const known = names.filter((name) => name in facts.inputs);
    const whole = rows.filter((row) => row !== null);
    if (known.length > 0 && whole.length > 0) await columns.addTo(whole, known, facts);
    return rows;
  };
}
