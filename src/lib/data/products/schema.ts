import * as z from 'zod/mini';
import type { Tables } from '$lib/supabase/database.types';

export type Product = Tables<'products'>;

const newSchema = z.object({
  id: z.string(),
  org_id: z.string(),
  name: z.string(),
  description: z.nullable(z.string()),
  sku: z.nullable(z.string()),
  unit_price: z.nullable(z.number()),
  currency: z.string(),
});

/** A product that is being added, as it is shown until the database has it; null when the row is none. */
export function toNewProduct(row: unknown, at: string): Product | null {
  const { data } = newSchema.safeParse(row);
  if (!data) return null;
  const unknown = { category_id: null, created_by: null };
  return { ...data, ...unknown, is_active: false, created_at: at, updated_at: at, version: 0 };
}

/** The order of the list. */
export const byName = (a: Product, b: Product): number =>
  a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
