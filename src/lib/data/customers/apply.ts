import type { QueryClient } from '@tanstack/svelte-query';
import { isStage } from '$lib/domain/stages';
import type { DataContext } from '../context';
import {
  applyToColumn,
  applyToDetail,
  applyToSummary,
  type ColumnData,
  type CustomerChange,
  type SummaryLine,
} from './cache';
import { customerKeys } from './keys';
import { matchesFilters, type BoardFilters, type Customer } from './schema';

/**
 * Brings one change into everything cached: columns of every filter, counts and totals, the record itself. Used for
 * what the database announces and for the answers to one's own requests alike, so an echo finds its work done.
 *
 * @returns false when the change was no news
 */
export function applyCustomerChange(data: DataContext, change: CustomerChange): boolean {
  const { queryClient, orgId, recentCustomers } = data;
  if (!recentCustomers.accept(change)) return false;
  const before = findCached(queryClient, orgId, change.id);
  applyToSummaries(queryClient, orgId, change, before);
  applyToColumns(queryClient, orgId, change);
  const detailKey = customerKeys.detail(orgId, change.id);
  const detail = queryClient.getQueryData<Customer>(detailKey);
  if (detail) {
    const next = applyToDetail(detail, change);
    if (next === null) void queryClient.invalidateQueries({ queryKey: detailKey });
    else if (next !== detail) queryClient.setQueryData(detailKey, next);
  }
  return true;
}

function applyToColumns(queryClient: QueryClient, orgId: string, change: CustomerChange): void {
  const columns = queryClient.getQueriesData<ColumnData>({ queryKey: customerKeys.columns(orgId) });
  // The server's search forgives typos, this page's does not: what it has found stays found when it moves.
  const foundBy = new Set(
    columns
      .filter(([, column]) => column?.cards.some(({ id }) => id === change.id))
      .map(([key]) => JSON.stringify(key[4])),
  );
  for (const [key, column] of columns) {
    const [stage, filters] = [key[3], key[4]];
    if (!column || !isStage(stage) || !isFilters(filters)) continue;
    const asked = foundBy.has(JSON.stringify(filters)) ? { ...filters, text: '' } : filters;
    const next = applyToColumn(column, stage, asked, change);
    if (next !== column) queryClient.setQueryData(key, next);
  }
}

/**
 * Exact when the customer's former state is known, or it is new; otherwise the counts are fetched anew (`settleSummaries`).
 */
function applyToSummaries(
  queryClient: QueryClient,
  orgId: string,
  change: CustomerChange,
  before: Customer | null,
): void {
  const isNew = change.kind === 'upsert' && change.version === 1;
  if (before ? before.version >= change.version : !isNew) return;
  const after = change.kind === 'upsert' ? change.row : null;
  for (const [key, lines] of queryClient.getQueriesData<SummaryLine[]>({
    queryKey: customerKeys.summaries(orgId),
  })) {
    const filters = key[3];
    if (!lines || !isFilters(filters)) continue;
    const was = before && matchesFilters(before, filters) ? before : null;
    const is = after && matchesFilters(after, filters) ? after : null;
    if (was || is) queryClient.setQueryData(key, applyToSummary(lines, was, is));
  }
}

/** The copy of a customer that any view holds, the newest of several. */
export function findCached(queryClient: QueryClient, orgId: string, id: string): Customer | null {
  let found = queryClient.getQueryData<Customer>(customerKeys.detail(orgId, id)) ?? null;
  for (const [, column] of queryClient.getQueriesData<ColumnData>({
    queryKey: customerKeys.columns(orgId),
  })) {
    const card = column?.cards.find((one) => one.id === id);
    if (card && card.version > (found?.version ?? -1)) found = card;
  }
  return found;
}

function isFilters(value: unknown): value is BoardFilters {
  return typeof value === 'object' && value !== null && 'owners' in value && 'text' in value;
}
