import * as z from 'zod/mini';
import type { Json } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { conflictSchema } from './answers';
import { bringIn, bringOut } from './arrivals';
import type { BulkItem, Edit } from './edit';
import type { Answer, ItemResult } from './send';

const schema = z.array(
  z.object({
    id: z.string(),
    outcome: z.enum(['changed', 'unchanged', 'conflict', 'refused']),
    record: z.optional(z.unknown()),
    applied: z.optional(z.array(z.string())),
    conflicts: z.optional(z.array(conflictSchema)),
    error: z.optional(z.object({ code: z.string() })),
  }),
);

/**
 * Makes an edit of many records in one request. Each is judged by itself; the answer tells what became of each.
 *
 * @throws AppError `too_many_rows`, and when none could be judged
 */
export async function sendBulk(
  data: DataContext,
  { table, items }: Extract<Edit, { kind: 'bulk' }>,
): Promise<Answer> {
  const kind = items[0]?.kind ?? 'patch';
  const answer = await data.client.rpc('bulk_edit', {
    kind,
    table_name: table,
    items: items.map(toRow),
  });
  const rows = schema.parse(unwrap(answer));
  const results = items.map((item, index): ItemResult => {
    const row = rows[index];
    if (row?.record) bringIn(data, table, row.record);
    if (kind === 'trash' && row?.outcome === 'changed') bringOut(data, table, item.recordId);
    return {
      item,
      outcome: row?.outcome ?? 'refused',
      applied: row?.applied ?? null,
      conflicts: row?.conflicts ?? [],
      problem: row?.error?.code ?? null,
    };
  });
  return { applied: null, conflicts: [], record: null, results };
}

function toRow(item: BulkItem): Json {
  const { recordId: id } = item;
  const given = (() => {
    if (item.kind === 'patch') return { id, changes: item.changes, seen: item.seen };
    if (item.kind !== 'move') return { id };
    const { to, seen, neighbours, lostReason } = item;
    return {
      id,
      to,
      seen,
      after: neighbours.afterId,
      before: neighbours.beforeId,
      lost_reason: lostReason ?? null,
    };
  })();
  const json: Json = JSON.parse(JSON.stringify(given));
  return json;
}
