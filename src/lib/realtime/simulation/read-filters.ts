import type { BoardFilters } from '$lib/data/customers/schema';

/** The filters as `board_cards` is given them. */
export function readFilters(args: Record<string, unknown>): BoardFilters {
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return {
    owners: list(args.owner_ids),
    products: list(args.product_ids),
    sources: list(args.sources),
    tags: list(args.tags),
    territories: list(args.territory_ids),
    text: typeof args.search === 'string' ? args.search : '',
  };
}
