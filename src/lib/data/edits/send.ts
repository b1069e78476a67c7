import type { FieldValue } from '$lib/domain/patch';
import type { Json } from '$lib/supabase/database.types';
import { AppError, toAppError, unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { createCustomer, moveCustomer } from '../customers/mutations';
import { parseMovedDetail, parsePatchAnswer, type FieldConflict } from './answers';
import { logInteraction } from '../interactions/mutations';
import { createProduct } from '../products/mutations';
import { saveSettings } from '../settings/mutations';
import { isInSight, moveToTrash, restoreFromTrash } from '../trash/mutations';
import { bringIn, bringOut } from './arrivals';
import { sendBulk } from './bulk';
import type { BulkItem, Edit } from './edit';

/** What the database made of an edit. */
export interface Answer {
  /** The fields that it changed; null where an edit is done as a whole. */
  applied: readonly string[] | null;
  /** What somebody else had changed: left as it is. */
  conflicts: readonly FieldConflict[];
  /** The record as it is now. */
  record: unknown;
  /** Of a bulk edit: what became of each item, in order. */
  results?: readonly ItemResult[];
}

export interface ItemResult {
  item: BulkItem;
  outcome: 'changed' | 'unchanged' | 'conflict' | 'refused';
  applied: readonly string[] | null;
  conflicts: readonly FieldConflict[];
  /** Machine code of the refusal. */
  problem: string | null;
}

const done = (record: unknown = null): Answer => ({ applied: null, conflicts: [], record });

/**
 * Carries out one edit, and brings its outcome to the screen.
 *
 * @param isRepeat it may have arrived before: what is so already is then no error
 * @throws AppError as the database refuses
 */
export async function sendEdit(data: DataContext, edit: Edit, isRepeat: boolean): Promise<Answer> {
  switch (edit.kind) {
    case 'patch':
      return await patch(data, edit);
    case 'move':
      return await move(data, edit);
    case 'create':
      return await create(data, edit, isRepeat);
    case 'bulk':
      return await sendBulk(data, edit);
    case 'trash':
    case 'restore': {
      const record = { table_name: edit.table, record_id: edit.recordId };
      try {
        await (edit.kind === 'trash' ? moveToTrash : restoreFromTrash)(data, record);
      } catch (error) {
        const mayHaveArrived =
          isRepeat && edit.kind === 'restore' && toAppError(error).code === 'not_in_trash';
        if (!mayHaveArrived || !(await isInSight(data, record))) throw error;
      }
      if (edit.kind === 'trash') bringOut(data, edit.table, edit.recordId);
      return done();
    }
  }
}

async function patch(data: DataContext, edit: Extract<Edit, { kind: 'patch' }>): Promise<Answer> {
  // The settings of an organisation are edited as one record, which goes by its id.
  if (edit.table === 'settings') return { ...(await saveSettings(data, edit)), record: null };
  const answer = await data.client.rpc('patch_record', {
    table_name: edit.table,
    record_id: edit.recordId,
    changes: toJson(edit.changes),
    seen: toJson(edit.seen),
  });
  const result = parsePatchAnswer(unwrap(answer));
  bringIn(data, edit.table, result.record);
  return result;
}

async function move(data: DataContext, edit: Extract<Edit, { kind: 'move' }>): Promise<Answer> {
  const { to, seen, neighbours, lostReason } = edit;
  try {
    const moved = { customerId: edit.recordId, to, seen, neighbours, lostReason: lostReason ?? undefined };
    return done(await moveCustomer(data, moved));
  } catch (cause) {
    const error = toAppError(cause);
    const found = error.code === 'customer_moved' ? parseMovedDetail(error.detail) : null;
    if (!found) throw error;
    // It is where it was to go: this very edit has arrived before, or somebody meant the same.
    if (found.status === to) return done();
    const { status: theirs, by, at } = found;
    return { applied: [], conflicts: [{ field: 'status', yours: to, theirs, by, at }], record: null };
  }
}

async function create(
  data: DataContext,
  { table, row, at }: Extract<Edit, { kind: 'create' }>,
  isRepeat: boolean,
): Promise<Answer> {
  if (isCustomerRow(table, row)) return done(await createCustomer(data, row));
  if (isProductRow(table, row)) return done(await createProduct(data, row));
  // It took place when it was written down, however late it arrives; otherwise the clock of the database is the better one.
  const when = isRepeat ? { occurred_at: at } : {};
  if (isInteractionRow(table, row)) return done(await logInteraction(data, { ...when, ...row }));
  throw new AppError({ kind: 'bug', code: 'unexpected' });
}

const isCustomerRow = (
  table: string,
  row: Record<string, unknown>,
): row is Parameters<typeof createCustomer>[1] =>
  table === 'customers' && typeof row.id === 'string' && typeof row.name === 'string';

const isProductRow = (
  table: string,
  row: Record<string, unknown>,
): row is Parameters<typeof createProduct>[1] =>
  table === 'products' && typeof row.id === 'string' && typeof row.name === 'string';

const isInteractionRow = (
  table: string,
  row: Record<string, unknown>,
): row is Parameters<typeof logInteraction>[1] =>
  table === 'interactions' && typeof row.id === 'string' && typeof row.customer_id === 'string';

function toJson(values: Record<string, FieldValue>): Json {
  const json: Json = JSON.parse(JSON.stringify(values));
  return json;
}
