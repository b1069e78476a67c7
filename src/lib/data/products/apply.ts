import * as z from 'zod/mini';
import type { DataContext } from '../context';
import { productKeys } from './keys';
import { byName, type Product } from './schema';

/** The columns that the interface relies on. */
const rowSchema = z.looseObject({
  id: z.uuid(),
  version: z.number(),
  name: z.string(),
  currency: z.string(),
  is_active: z.boolean(),
  unit_price: z.nullable(z.number()),
});

const isProduct = (record: unknown): record is Product => rowSchema.safeParse(record).success;

/**
 * Brings a product into the list, unless a newer one is there.
 *
 * @returns false when it is no product
 */
export function applyProduct({ queryClient, orgId }: DataContext, product: unknown): boolean {
  if (!isProduct(product)) return false;
  queryClient.setQueryData<Product[]>(productKeys.list(orgId), (products) => {
    if (!products) return products;
    const known = products.find(({ id }) => id === product.id);
    if (known && known.version > product.version) return products;
    const others = products.filter(({ id }) => id !== product.id);
    return [...others, product].sort(byName);
  });
  return true;
}
