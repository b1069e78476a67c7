/** Default of the setting `products.active_limit`. */
export const DEFAULT_ACTIVE_PRODUCT_LIMIT = 3;

export interface ActiveProducts {
  limit: number;
  active: readonly { id: string; name: string }[];
  isFull: boolean;
}

/** Who occupies the places for active products, in order of name. */
export function activeProducts(
  products: readonly { id: string; name: string; is_active: boolean }[],
  limit: number = DEFAULT_ACTIVE_PRODUCT_LIMIT,
): ActiveProducts {
  const active = products
    .filter((product) => product.is_active)
    .map(({ id, name }) => ({ id, name }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return { limit, active, isFull: active.length >= limit };
}

/** The setting as stored (text); anything that is not a whole number of at least 0 counts as the default. */
export function parseActiveLimit(value: string | null | undefined): number {
  return value !== null && value !== undefined && /^\d{1,6}$/.test(value)
    ? Number(value)
    : DEFAULT_ACTIVE_PRODUCT_LIMIT;
}
