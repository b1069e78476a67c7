import * as z from 'zod/mini';
import type { TablesInsert } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { applyProduct } from './apply';
import type { Product } from './schema';

/** @throws AppError `already_exists` (article number), `invalid_value`, `active_product_limit` */
export async function createProduct(data: DataContext, product: TablesInsert<'products'>): Promise<Product> {
  const created = unwrap(await data.client.from('products').insert(product).select().single());
  applyProduct(data, created);
  return created;
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
