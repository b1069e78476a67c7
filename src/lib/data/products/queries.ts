import { queryOptions } from '@tanstack/svelte-query';
import { parseActiveLimit } from '$lib/domain/product-limit';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { productKeys } from './keys';
import type { Product } from './schema';

export async function fetchProducts(
  client: DataContext['client'],
  orgId: string,
  signal?: AbortSignal,
): Promise<Product[]> {
  let request = client.from('products').select().eq('org_id', orgId).order('name').order('id');
  if (signal) request = request.abortSignal(signal);
  return unwrap(await request);
}

/** How many products may be active at once (setting `products.active_limit`). */
export async function fetchActiveLimit(client: DataContext['client'], orgId: string): Promise<number> {
  const { data } = await client
    .from('settings')
    .select('value')
    .eq('org_id', orgId)
    .eq('key', 'products.active_limit')
    .maybeSingle();
  return parseActiveLimit(data?.value);
}

export const productQueries = {
  list: ({ client, orgId }: DataContext) =>
    queryOptions({
      queryKey: productKeys.list(orgId),
      queryFn: ({ signal }) => fetchProducts(client, orgId, signal),
    }),
  limit: ({ client, orgId }: DataContext) =>
    queryOptions({ queryKey: productKeys.limit(orgId), queryFn: () => fetchActiveLimit(client, orgId) }),
};
