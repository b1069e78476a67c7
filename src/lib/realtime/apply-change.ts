import { applyCustomerChange } from '$lib/data/customers/apply';
import { parseCustomer } from '$lib/data/customers/schema';
import type { DataContext } from '$lib/data/context';
import { applyInteraction } from '$lib/data/interactions/apply';
import { parseInteraction } from '$lib/data/interactions/schema';
import type { ChangeEvent } from './events';
import { invalidateTable } from './table-keys';

/** What became of an announced change; one that came without its row has to be read. */
export type Applied = 'news' | 'known' | 'incomplete';

/** Brings one announced change into the cache: in place where the row came with it. */
export function applyChange(data: DataContext, change: ChangeEvent): Applied {
  switch (change.table) {
    case 'customers':
      return applyCustomer(data, change);
    case 'interactions':
      return applyRow(data, change, parseInteraction, applyInteraction);
    default:
      invalidateTable(data, change.table);
      return 'news';
  }
}

function applyCustomer(data: DataContext, change: ChangeEvent): Applied {
  const { id, op } = change;
  const version = change.version ?? 0;
  const said = (isNews: boolean) => (isNews ? 'news' : 'known');
  if (op === 'gone' || op === 'delete') return said(applyCustomerChange(data, { kind: op, id, version }));
  const row = parseCustomer(change.record);
  // Without a usable row it was too large to be announced, or is of a newer shape than this page knows.
  if (!row) return 'incomplete';
  return said(applyCustomerChange(data, { kind: 'upsert', id, version: row.version, row }));
}

function applyRow<Row>(
  data: DataContext,
  change: ChangeEvent,
  parse: (record: unknown) => Row | null,
  apply: (data: DataContext, row: Row) => void,
): Applied {
  if (change.op === 'gone' || change.op === 'delete') {
    invalidateTable(data, change.table);
    return 'news';
  }
  const row = parse(change.record);
  if (!row) return 'incomplete';
  apply(data, row);
  return 'news';
}
