import { placeCard } from '$lib/domain/board-order';
import { addAmounts } from '$lib/domain/money';
import type { Stage } from '$lib/domain/stages';
import { cardIn } from '$lib/data/customers/card-list';
import type { SummaryLine } from '$lib/data/customers/cache';
import { toNewCustomer, type Customer } from '$lib/data/customers/schema';
import type { Edits } from '$lib/data/edits/edits.svelte';

/** A customer as the screen shows it before the database has confirmed that. */
export interface PendingChange {
  /** As the person means it to be; one that is new or moving has a provisional rank. */
  customer: Customer;
  /** The column it is counted in as long as this is not confirmed; null when in none. */
  from: Stage | null;
}

export type PendingChanges = ReadonlyMap<string, PendingChange>;

/** What is put aside or deleted is in no column. */
const columnOf = ({ status, is_archived, deleted_at }: Customer): Stage | null =>
  is_archived || deleted_at ? null : status;

/** What this person has under way, as far as the board shows it. */
export function pendingChanges(
  edits: Pick<Edits, 'over' | 'changing' | 'adding'>,
  columns: ReadonlyMap<Stage, readonly Customer[]>,
): PendingChanges {
  const [changing, adding] = [edits.changing('customers'), edits.adding('customers')];
  const pending = new Map<string, PendingChange>();
  if (changing.length + adding.length === 0) return pending;
  const wanted = new Set([...changing, ...adding.map(({ recordId }) => recordId)]);
  for (const [from, cards] of columns) {
    for (const id of wanted) {
      const card = cardIn(cards, id);
      if (card) pending.set(id, { customer: edits.over('customers', card), from });
    }
  }
  for (const { recordId, row, rank } of adding) {
    const shown = pending.has(recordId) ? null : toNewCustomer(row, rank ?? '');
    if (shown) pending.set(recordId, { customer: edits.over('customers', shown), from: null });
  }
  return pending;
}

/** A column as the person means it to be: what is true, with what is under way on top. */
export function withPending(
  cards: readonly Customer[],
  stage: Stage,
  pending: PendingChanges,
): readonly Customer[] {
  const isTouched = ({ customer }: PendingChange) =>
    columnOf(customer) === stage || cardIn(cards, customer.id) !== undefined;
  // A column that nothing is under way in stays the same list, and is not drawn again.
  if (![...pending.values()].some(isTouched)) return cards;
  let result: readonly Customer[] = cards.filter(({ id }) => !pending.has(id));
  for (const { customer } of pending.values()) {
    if (columnOf(customer) === stage) result = placeCard(result, customer);
  }
  return result;
}

/** Counts and totals with the same on top. */
export function summaryWithPending(lines: readonly SummaryLine[], pending: PendingChanges): SummaryLine[] {
  const result = lines.map((line) => ({ ...line }));
  for (const { customer, from } of pending.values()) {
    const to = columnOf(customer);
    if (from === to) continue;
    if (from) count(result, from, customer, -1);
    if (to) count(result, to, customer, 1);
  }
  return result;
}

function count(lines: SummaryLine[], status: Stage, customer: Customer, sign: 1 | -1): void {
  const { currency } = customer;
  let line = lines.find((one) => one.status === status && one.currency === currency);
  if (!line) {
    line = { status, currency, customers: 0, total_value: 0 };
    lines.push(line);
  }
  line.customers = Math.max(0, line.customers + sign);
  line.total_value = addAmounts(line.total_value, sign * (customer.expected_value ?? 0));
}
