import type { DataContext } from '../context';
import { productKeys } from './keys';
import type { Product } from './schema';

/** Puts what the server sent with the page into the cache, unless something is there. */
export function seedProducts(
  { queryClient, orgId }: DataContext,
  seed: { products: Product[]; limit: number },
): void {
  queryClient.setQueryData<Product[]>(productKeys.list(orgId), (known) => known ?? seed.products);
  queryClient.setQueryData<number>(productKeys.limit(orgId), (known) => known ?? seed.limit);
}
