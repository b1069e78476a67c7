import type { Stage } from '$lib/domain/stages';
import { isLaterThanRow } from '../row-change';
import {
  applyToColumn,
  applyToDetail,
  applyToSummary,
  type ColumnData,
  type CustomerChange,
  type SummaryLine,
} from './cache';
import { cardIn } from './card-list';
import { matchesFilters, type AppliedFilters, type Customer } from './schema';

interface View<Data> {
  key: readonly unknown[];
  data: Data;
}

/** Everything cached in which a customer can appear. */
export interface CustomerViews {
  columns: readonly (View<ColumnData> & { stage: Stage; filters: AppliedFilters })[];
  summaries: readonly (View<readonly SummaryLine[]> & {
    filters: AppliedFilters;
    /** When it was read from the database, in milliseconds since 1970. */
    readAt: number;
  })[];
  /** An answer with totals is on its way, and older than what is heard now. */
  isReadingTotals: boolean;
  /** Doubted once it was said to be gone, until it has been asked for. */
  detail: (View<Customer> & { isDoubted: boolean }) | null;
}

/** New data of one view; null means that it can be no more shown and has to be asked for. */
export interface Patch {
  key: readonly unknown[];
  data: ColumnData | readonly SummaryLine[] | Customer | null;
}

export interface Patches {
  patches: Patch[];
  /** False when counts and totals are to be read anew, because what they said of the customer before is not known. */
  areTotalsExact: boolean;
}

/** What was announced in this time before or after totals were read may or may not be counted in them already. */
const DOUBTFUL_MS = 2_000;

/**
 * What one change makes of everything cached: columns of every filter, counts and totals, the record itself. Pure; the
 * caller has made sure that the change is news.
 */
export function customerPatches(views: CustomerViews, change: CustomerChange, now: number): Patches {
  const before = newestCopy(views, change.id);
  const totals = summaryPatches(views, change, before, now);
  return {
    patches: [
      ...totals.patches,
      ...columnPatches(views.columns, change),
      ...detailPatch(views.detail, change),
    ],
    areTotalsExact: totals.areTotalsExact,
  };
}

/** The copy of a customer that any view holds, the newest of several. */
export function newestCopy({ columns, detail }: CustomerViews, id: string): Customer | null {
  let found = detail?.data.id === id && !detail.isDoubted ? detail.data : null;
  for (const { data } of columns) {
    const card = cardIn(data.cards, id);
    if (card && card.version > (found?.version ?? -1)) found = card;
  }
  return found;
}

function columnPatches(columns: CustomerViews['columns'], change: CustomerChange): Patch[] {
  // The server's search forgives typos, this page's does not: what it has found stays found when it moves.
  const foundBy = new Set(
    columns
      .filter(({ data }) => cardIn(data.cards, change.id) !== undefined)
      .map(({ filters }) => JSON.stringify(filters)),
  );
  return columns.flatMap(({ key, data, stage, filters }) => {
    const asked = foundBy.has(JSON.stringify(filters)) ? { ...filters, text: '' } : filters;
    const next = applyToColumn(data, stage, asked, change);
    return next === data ? [] : [{ key, data: next }];
  });
}

function summaryPatches(
  { summaries, isReadingTotals }: CustomerViews,
  change: CustomerChange,
  before: Customer | null,
  now: number,
): Patches {
  const after = change.kind === 'upsert' ? change.row : null;
  const isNew = after !== null && change.version === 1;
  // An older copy than the one right before this change: something between was not heard, and may be counted.
  const isNext = before ? change.version - before.version <= 1 : isNew;
  const isLate = before !== null && !isLaterThanRow(change, before);
  if (isLate || (!before && !isNew)) return { patches: [], areTotalsExact: false };
  const isDoubtful = isReadingTotals || summaries.some(({ readAt }) => Math.abs(now - readAt) < DOUBTFUL_MS);
  const patches = summaries.flatMap(({ key, data, filters }) => {
    const was = before && matchesFilters(before, filters) ? before : null;
    const is = after && matchesFilters(after, filters) ? after : null;
    return was || is ? [{ key, data: applyToSummary(data, was, is) }] : [];
  });
  return { patches, areTotalsExact: isNext && !isDoubtful };
}

function detailPatch(detail: CustomerViews['detail'], change: CustomerChange): Patch[] {
  if (!detail) return [];
  const next = applyToDetail(detail.data, change);
  return next === detail.data ? [] : [{ key: detail.key, data: next }];
}
