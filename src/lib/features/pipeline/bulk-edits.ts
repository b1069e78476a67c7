import { about } from './about';
import type { BulkDraft, BulkItem } from '$lib/data/edits/edit';
import type { Customer } from '$lib/data/customers/schema';
import { neighboursAt, provisionalRank } from '$lib/domain/board-order';
import type { FieldValue } from '$lib/domain/patch';
import type { Stage } from '$lib/domain/stages';

/** An edit of many cards, and what takes it back. */
export interface BulkEdit {
  edit: BulkDraft;
  /** Undefined where that is changes and seen swapped. */
  inverse?: BulkDraft;
}

/** Sets one field of each customer that has another value; null when all have it. */
export function patchOf(
  customers: readonly Customer[],
  field: 'owner_id' | 'is_archived',
  value: FieldValue,
): BulkEdit | null {
  const items = customers
    .filter((customer) => customer[field] !== value)
    .map((customer): BulkItem => {
      const seen = { [field]: customer[field] };
      return { kind: 'patch', ...named(customer), changes: { [field]: value }, seen };
    });
  return items.length === 0 ? null : { edit: bulk(items) };
}

export const trashOf = (customers: readonly Customer[]): BulkEdit => ({
  edit: bulk(customers.map((customer) => ({ kind: 'trash', ...named(customer) }))),
});

/**
 * Moves cards to the top of a column, in the order in which they are on the board. Taking it back puts each below the
 * card that was above it.
 *
 * @param cards a column as shown
 */
export function moveOf(
  customers: readonly Customer[],
  to: Stage,
  cards: (stage: Stage) => readonly Customer[],
  lostReason?: string,
): BulkEdit | null {
  const moving = customers.filter(({ status }) => status !== to);
  if (moving.length === 0) return null;
  // Each goes to the top, so the last one goes first.
  let top = cards(to).slice(0, 1);
  const items = moving.toReversed().map((customer): BulkItem => {
    const rank = provisionalRank(top, 0);
    top = [{ ...customer, board_rank: rank }];
    const neighbours = { afterId: null, beforeId: null };
    return { kind: 'move', ...named(customer), to, seen: customer.status, neighbours, rank, lostReason };
  });
  const back = moving.map((customer): BulkItem => {
    const column = cards(customer.status);
    const index = column.findIndex(({ id }) => id === customer.id);
    const neighbours = neighboursAt(column.toSpliced(index, 1), index);
    const { status, board_rank: rank, closed_lost_reason: reason } = customer;
    return { kind: 'move', ...named(customer), to: status, seen: to, neighbours, rank, lostReason: reason };
  });
  return { edit: bulk(items), inverse: bulk(back) };
}

const named = (customer: Customer) => {
  const { recordId, title } = about(customer);
  return { recordId, title };
};

const bulk = (items: BulkItem[]): BulkDraft => ({
  kind: 'bulk',
  table: 'customers',
  recordId: crypto.randomUUID(),
  title: '',
  items,
});
