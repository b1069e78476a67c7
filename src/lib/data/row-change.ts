/**
 * What became of one row. `gone` says that it left what this person may see by one route (it may still come by another);
 * `delete` that it is no more.
 */
export type RowChange<Row> =
  | { kind: 'upsert'; id: string; version: number; row: Row }
  | { kind: 'gone' | 'delete'; id: string; version: number };

const RANK = { gone: 0, upsert: 1, delete: 2 } as const;

/**
 * Whether `change` is later than `known`. Versions decide. With equal versions a deletion has the last word (it carries
 * the version of the row it ends), and a copy of the row beats "gone": a row that changes owner leaves one topic and
 * enters another with the same version, in any order. This makes the outcome independent of order and repetition.
 */
export function isLater(
  change: Pick<RowChange<unknown>, 'kind' | 'version'>,
  known: Pick<RowChange<unknown>, 'kind' | 'version'>,
): boolean {
  if (change.version !== known.version) return change.version > known.version;
  return RANK[change.kind] > RANK[known.kind];
}

/** How a row already on screen compares to a change. */
export function isLaterThanRow(change: RowChange<unknown>, row: { version: number }): boolean {
  return isLater(change, { kind: 'upsert', version: row.version });
}
