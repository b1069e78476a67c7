import * as z from 'zod/mini';
import type { TablesInsert } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { applyProduct } from './apply';
import type { Product } from './schema';

/**
 * Adds a product. The id comes from here and is kept over retries, so that an answer lost on the way does not add it
 * twice.
 *
 * @throws AppError `already_exists` (article number), `invalid_value`, `active_product_limit`
 */
export async function createProduct(
  data: DataContext,
  product: TablesInsert<'products'> & { id: string },
): Promise<Product> {
  const answer = await data.client.from('products').insert(product).select().single();
  const isRepeat = answer.error?.code === '23505' && /pkey/.test(answer.error.message);
  const created = unwrap(
    isRepeat ? await data.client.from('products').select().eq('id', product.id).single() : answer,
  );
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
