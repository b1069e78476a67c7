import { addAmounts } from '$lib/domain/money';
import { compareRanked, type Ranked } from '$lib/domain/board-order';
import type { Stage } from '$lib/domain/stages';
import { isLaterThanRow, type RowChange } from '../row-change';
import { addCards, cardIn, putCard, takeCard } from './card-list';
import { matchesFilters, type AppliedFilters, type Customer } from './schema';

/** The cards of a column that have been loaded, in order. */
export interface ColumnData {
  cards: Customer[];
  /** The last card of the last page; null when the column has been loaded to its end. */
  cursor: Ranked | null;
}

export type CustomerChange = RowChange<Customer>;

/** A page as it came from `board_cards`: a full one may have more behind it. */
export function toColumn(cards: Customer[], pageSize: number): ColumnData {
  const last = cards.at(-1);
  const cursor = last && cards.length >= pageSize ? { id: last.id, board_rank: last.board_rank } : null;
  return { cards, cursor };
}

/** Adds the next page. A card that moved down meanwhile may be on both; the newer copy stays. */
export function appendPage(column: ColumnData, page: ColumnData): ColumnData {
  const added = page.cards.filter((card) => (cardIn(column.cards, card.id)?.version ?? -1) < card.version);
  return { cards: addCards(column.cards, added), cursor: page.cursor };
}

/**
 * A column after one change. A card that belongs behind the loaded part is left out: it comes with its page. The same
 * object is returned when nothing changes, so that nothing is drawn again.
 */
export function applyToColumn(
  column: ColumnData,
  stage: Stage,
  filters: AppliedFilters,
  change: CustomerChange,
): ColumnData {
  const shown = cardIn(column.cards, change.id);
  if (shown && !isLaterThanRow(change, shown)) return column;
  const belongs =
    change.kind === 'upsert' &&
    change.row.status === stage &&
    matchesFilters(change.row, filters) &&
    (column.cursor === null || compareRanked(change.row, column.cursor) <= 0);
  if (belongs) return { ...column, cards: putCard(column.cards, change.row) };
  return shown ? { ...column, cards: takeCard(column.cards, change.id) } : column;
}

/** One line of `board_summary`. */
export interface SummaryLine {
  status: Stage;
  currency: string;
  customers: number;
  total_value: number;
}

/**
 * The counts and totals after a customer changed from `before` to `after`, either of which may be missing because the
 * customer is not on the board (any more, or yet).
 */
export function applyToSummary(
  lines: readonly SummaryLine[],
  before: Customer | null,
  after: Customer | null,
): SummaryLine[] {
  const without = before ? shift(lines, before, -1) : lines;
  return [...(after ? shift(without, after, 1) : without)];
}

function shift(lines: readonly SummaryLine[], customer: Customer, sign: 1 | -1): SummaryLine[] {
  const { status, currency } = customer;
  const found = lines.find((line) => line.status === status && line.currency === currency);
  const line = found ?? { status, currency, customers: 0, total_value: 0 };
  const changed = {
    ...line,
    customers: Math.max(0, line.customers + sign),
    total_value: addAmounts(line.total_value, sign * (customer.expected_value ?? 0)),
  };
  return [...lines.filter((other) => other !== found), ...(changed.customers > 0 ? [changed] : [])];
}

/** A cached customer after one change; null when it is no more to be seen. */
export function applyToDetail(customer: Customer, change: CustomerChange): Customer | null {
  if (change.id !== customer.id || !isLaterThanRow(change, customer)) return customer;
  return change.kind === 'upsert' ? change.row : null;
}
