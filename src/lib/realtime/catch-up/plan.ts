import type { MissedChange } from '$lib/data/changes/schema';
import { hasRows, type RowTable } from '$lib/data/changes/rows';
import { kindOf } from '../known-changes';

/** One missed change of a record, not of many. */
export type MissedRow = MissedChange & { id: string; op: 'insert' | 'update' | 'delete' | 'gone' };

/** What has to be done about what was missed. */
export interface CatchUpPlan {
  /** Rows that are gone: nothing has to be read to know what to do. */
  gone: MissedRow[];
  /** Rows that have to be read, by table. */
  unknown: Map<RowTable, MissedRow[]>;
  unknownCount: number;
  /** Changes of tables of which what is on screen is read again as a whole. */
  tables: MissedChange[];
}

/**
 * Sorts what was missed by what has to be done about it.
 *
 * @param isKnown whether a change has reached the screen already
 */
export function planCatchUp(
  changes: readonly MissedChange[],
  isKnown: (change: MissedChange) => boolean,
): CatchUpPlan {
  const plan: CatchUpPlan = { gone: [], unknown: new Map(), unknownCount: 0, tables: [] };
  for (const change of changes) {
    if (isKnown(change)) continue;
    if (!isRow(change) || !hasRows(change.table)) plan.tables.push(change);
    else if (kindOf(change).kind !== 'upsert') plan.gone.push(change);
    else {
      const rows = plan.unknown.get(change.table);
      if (rows) rows.push(change);
      else plan.unknown.set(change.table, [change]);
      plan.unknownCount++;
    }
  }
  return plan;
}

function isRow(change: MissedChange): change is MissedRow {
  return change.op !== 'bulk' && typeof change.id === 'string';
}
