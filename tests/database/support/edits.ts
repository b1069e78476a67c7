/** Editing as the app does: by field with what was seen, one record or many. */
import type { Requester } from './database.ts';

export interface Conflict {
  field: string;
  yours: unknown;
  theirs: unknown;
  by: string | null;
}

export interface BulkResult {
  id: string;
  outcome: string;
  record?: Record<string, unknown>;
  conflicts?: Conflict[];
  error?: { status: number; code: string };
}

/** The two functions that edit, asked by `caller` unless somebody else is named. */
export function editingAs(caller: Requester) {
  const patch = async (table: string, id: string, changes: object, seen: object, as: Requester = caller) =>
    (
      await as.row<{
        patched: { record: Record<string, unknown>; applied: string[]; conflicts: Conflict[] };
      }>('select patch_record($1, $2, $3, $4) as patched', [table, id, changes, seen])
    ).patched;
  const bulk = async (kind: string, items: unknown, as: Requester = caller) =>
    (
      await as.row<{ results: BulkResult[] }>('select bulk_edit($1, $2) as results', [
        kind,
        JSON.stringify(items),
      ])
    ).results;
  return { patch, bulk };
}
