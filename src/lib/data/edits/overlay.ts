import { itemsOf, type BulkItem } from './edit';
import { isUnderWay, type Entry } from './entry';

/** Everything under way that concerns a table, by record, in order. */
export function underWay(entries: readonly Entry[], table: string): ReadonlyMap<string, readonly BulkItem[]> {
  const items = new Map<string, BulkItem[]>();
  for (const entry of entries) {
    if (entry.edit.table !== table || !isUnderWay(entry)) continue;
    for (const item of itemsOf(entry.edit)) {
      const known = items.get(item.recordId);
      if (known) known.push(item);
      else items.set(item.recordId, [item]);
    }
  }
  return items;
}

/**
 * A record as this person means it to be: what is true, with what is under way on top. What has arrived meanwhile is
 * laid over by the same values.
 */
export function withItems<Row extends object>(row: Row, items: readonly BulkItem[]): Row {
  return items.reduce<Row>((current, item) => ({ ...current, ...shownBy(item) }), row);
}

function shownBy(item: BulkItem): Record<string, unknown> {
  switch (item.kind) {
    case 'patch':
      return item.changes;
    case 'move':
      return {
        status: item.to,
        closed_lost_reason: item.to === 'closed_lost' ? (item.lostReason ?? null) : null,
        ...(item.rank !== undefined && { board_rank: item.rank }),
      };
    case 'trash':
      return { deleted_at: new Date().toISOString() };
    case 'restore':
      return { deleted_at: null };
  }
}
