import { keepPreviousData, queryOptions } from '@tanstack/svelte-query';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { searchKeys } from './keys';

const MAX_RESULTS = 8;

export const searchQueries = {
  /** Customers by name, e-mail or phone; forgives typos and accents. A newer search aborts the older request. */
  customers: ({ client, orgId }: DataContext, text: string) =>
    queryOptions({
      queryKey: searchKeys.customers(orgId, text),
      staleTime: 10_000,
      placeholderData: keepPreviousData,
      queryFn: async ({ signal }) =>
        unwrap(
          await client
            .rpc('search_customers', { org_id: orgId, query: text, max_results: MAX_RESULTS })
            .abortSignal(signal),
        ),
    }),
};
