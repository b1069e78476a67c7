import { placeCard } from '$lib/domain/board-order';
import { addAmounts } from '$lib/domain/money';
import type { Stage } from '$lib/domain/stages';
import type { SummaryLine } from '$lib/data/customers/cache';
import type { Customer } from '$lib/data/customers/schema';

/** A move that the screen shows and the database has not yet confirmed. */
export interface PendingMove {
  /** The customer as the person saw it, at its new place with a provisional rank. */
  customer: Customer;
  /** The column it was in; null for a customer that is being added. */
  from: Stage | null;
}

export type PendingMoves = ReadonlyMap<string, PendingMove>;

/** A column as the person means it to be: what is true, with the moves on their way on top. */
export function withPending(
  cards: readonly Customer[],
  stage: Stage,
  pending: PendingMoves,
): readonly Customer[] {
  if (pending.size === 0) return cards;
  let result: readonly Customer[] = cards.filter(({ id }) => !pending.has(id));
  for (const { customer } of pending.values()) {
    if (customer.status === stage) result = placeCard(result, customer);
  }
  return result;
}

/** Counts and totals with the same moves on top; one already confirmed by an announcement is not counted twice. */
export function summaryWithPending(
  lines: readonly SummaryLine[],
  pending: PendingMoves,
  stageOf: (customerId: string) => Stage | null,
): SummaryLine[] {
  const result = lines.map((line) => ({ ...line }));
  for (const { customer, from } of pending.values()) {
    const known = stageOf(customer.id) ?? from;
    if (known === customer.status) continue;
    if (known) count(result, known, customer, -1);
    count(result, customer.status, customer, 1);
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
