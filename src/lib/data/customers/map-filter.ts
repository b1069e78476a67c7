import type { QueryClient } from '@tanstack/svelte-query';
import type { DataContext } from '../context';
import { territoryKeys } from '../territories/keys';
import { territoryQueries } from '../territories/queries';
import { customerKeys } from './keys';
import type { AppliedFilters, BoardFilters } from './schema';

/** Made once for each answer: a change is judged by every open view. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Filters with the bricks of their territories, as far as those are known. Customers only know their brick. */
export function appliedFilters(
  queryClient: QueryClient,
  orgId: string,
  filters: BoardFilters,
): AppliedFilters {
  if (filters.territories.length === 0) return filters;
  const ids = queryClient.getQueryData<string[]>(territoryKeys.bricks(orgId, filters.territories));
  if (!ids) return filters;
  const bricks = sets.get(ids) ?? new Set(ids);
  sets.set(ids, bricks);
  return { ...filters, bricks };
}

/** Has the bricks of the filters in the cache, unless they are not by territory. */
export async function fetchBricksOf(data: DataContext, { territories }: BoardFilters): Promise<void> {
  if (territories.length > 0) await data.queryClient.fetchQuery(territoryQueries.bricks(data, territories));
}

/** Reads boards anew that show a part of the map, because the map has changed. */
export async function refreshMapFilters({ queryClient, orgId }: DataContext): Promise<void> {
  const predicate = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey.some(isByTerritory);
  await Promise.all(
    [customerKeys.columns(orgId), customerKeys.summaries(orgId)].map((queryKey) =>
      queryClient.invalidateQueries({ queryKey, predicate }),
    ),
  );
}

function isByTerritory(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || !('territories' in part)) return false;
  return Array.isArray(part.territories) && part.territories.length > 0;
}
