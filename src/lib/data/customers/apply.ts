import type { QueryClient, QueryKey } from '@tanstack/svelte-query';
import { isStage } from '$lib/domain/stages';
import type { DataContext } from '../context';
import type { ColumnData, CustomerChange, SummaryLine } from './cache';
import { customerKeys } from './keys';
import { appliedFilters } from './map-filter';
import { customerPatches, newestCopy, type CustomerViews } from './patches';
import type { BoardFilters, Customer } from './schema';

/**
 * Brings one change into everything cached. Used for what the database announces, for what was missed and for the
 * answers to one's own requests alike, so an echo finds its work done.
 *
 * @returns false when the change was no news
 */
export function applyCustomerChange(data: DataContext, change: CustomerChange): boolean {
  const { queryClient, orgId, recentCustomers, openTotals } = data;
  if (!recentCustomers.accept(change)) return false;
  const views = readViews(queryClient, orgId, change.id);
  const { patches, areTotalsExact } = customerPatches(views, change, Date.now());
  for (const { key, data: next } of patches) {
    if (next === null) void queryClient.invalidateQueries({ queryKey: key });
    // A patched view is as old as it was read: what it missed before that is missing still.
    else queryClient.setQueryData(key, next, { updatedAt: readAt(queryClient, key) });
  }
  if (!views.detail && change.kind === 'upsert')
    retryDetail(queryClient, customerKeys.detail(orgId, change.id));
  if (!areTotalsExact || openTotals.hasSearch()) openTotals.add();
  return true;
}

/** A page that could not show the customer (in the trash, out of reach) can now. */
function retryDetail(queryClient: QueryClient, queryKey: QueryKey): void {
  if (queryClient.getQueryState(queryKey)?.status === 'error')
    void queryClient.invalidateQueries({ queryKey });
}

/** The copy of a customer that any view holds, the newest of several. */
export function findCached(queryClient: QueryClient, orgId: string, id: string): Customer | null {
  return newestCopy(readViews(queryClient, orgId, id), id);
}

function readViews(queryClient: QueryClient, orgId: string, id: string): CustomerViews {
  const detailKey = customerKeys.detail(orgId, id);
  const detail = queryClient.getQueryData<Customer>(detailKey);
  return {
    columns: queryClient
      .getQueriesData<ColumnData>({ queryKey: customerKeys.columns(orgId) })
      .flatMap(([key, data]) => {
        const [stage, filters] = [key[3], key[4]];
        if (!data || !isStage(stage) || !isFilters(filters)) return [];
        return [{ key, data, stage, filters: appliedFilters(queryClient, orgId, filters) }];
      }),
    summaries: queryClient
      .getQueriesData<SummaryLine[]>({ queryKey: customerKeys.summaries(orgId) })
      .flatMap(([key, data]) => {
        const filters = key[3];
        if (!data || !isFilters(filters)) return [];
        const applied = appliedFilters(queryClient, orgId, filters);
        return [{ key, data, filters: applied, readAt: readAt(queryClient, key) }];
      }),
    isReadingTotals: queryClient.isFetching({ queryKey: customerKeys.summaries(orgId) }) > 0,
    detail: detail
      ? {
          key: detailKey,
          data: detail,
          isDoubted: queryClient.getQueryState(detailKey)?.isInvalidated ?? false,
        }
      : null,
  };
}

function readAt(queryClient: QueryClient, key: QueryKey): number {
  return queryClient.getQueryState(key)?.dataUpdatedAt ?? 0;
}

function isFilters(value: unknown): value is BoardFilters {
  return (
    typeof value === 'object' &&
    value !== null &&
    'owners' in value &&
    'territories' in value &&
    'text' in value
  );
}
