import * as z from 'zod/mini';
import type { TablesInsert } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { applyProduct } from './apply';
import { productKeys } from './keys';
import type { Product } from './schema';

/**
 * Switches a product on or off; the list changes at once and back when the database refuses.
 *
 * @throws AppError `active_product_limit` with `{limit, active: [{id, name}]}`, `products_update_denied`
 */
export async function setProductActive(data: DataContext, id: string, active: boolean): Promise<Product> {
  const { client, orgId, queryClient } = data;
  const key = productKeys.list(orgId);
  await queryClient.cancelQueries({ queryKey: key });
  const flip = (to: boolean) =>
    queryClient.setQueryData<Product[]>(key, (products) =>
      products?.map((product) => (product.id === id ? { ...product, is_active: to } : product)),
    );
  flip(active);
  try {
    return remember(data, unwrap(await client.rpc('set_product_active', { product_id: id, active })));
  } catch (error) {
    flip(!active);
    void queryClient.invalidateQueries({ queryKey: key });
    throw error;
  }
}

/** @throws AppError `already_exists` (article number), `invalid_value`, `active_product_limit` */
export async function createProduct(data: DataContext, product: TablesInsert<'products'>): Promise<Product> {
  return remember(data, unwrap(await data.client.from('products').insert(product).select().single()));
}

function remember(data: DataContext, product: Product): Product {
  applyProduct(data, product);
  return product;
}

const limitSchema = z.object({
  limit: z.number(),
  active: z.array(z.object({ id: z.string(), name: z.string() })),
});

/** The detail of `active_product_limit`: how many may be active, and which are. */
export function parseLimitDetail(detail: unknown) {
  const parsed = limitSchema.safeParse(detail);
  return parsed.success ? parsed.data : null;
}
