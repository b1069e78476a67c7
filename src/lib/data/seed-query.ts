import type { QueryClient, QueryKey } from '@tanstack/svelte-query';

/** Puts what the server sent with the page into the cache, unless something read later is there. */
export function seedQuery<Data>(
  queryClient: QueryClient,
  queryKey: QueryKey,
  data: Data | undefined,
  readAt: number,
): void {
  const known = queryClient.getQueryState(queryKey);
  if (known?.data !== undefined && known.dataUpdatedAt >= readAt) return;
  queryClient.setQueryData(queryKey, data, { updatedAt: readAt });
}
