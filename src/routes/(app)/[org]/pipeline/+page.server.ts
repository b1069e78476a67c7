import { fetchBoard } from '$lib/data/customers/queries';
import { fetchProducts } from '$lib/data/products/queries';
import { readFilters } from '$lib/features/pipeline/board-filters';
import type { PageServerLoad } from './$types';

/** Enough for the first paint of a tall screen; the rest pages in. */
const FIRST_CARDS = 14;

/** The board's first cards with the page itself. Once the app runs it fetches and follows them by itself. */
export const load: PageServerLoad = async ({ parent, locals, url, isDataRequest, untrack }) => {
  if (isDataRequest) return { board: null };
  const { organization } = await parent();
  const filters = untrack(() => readFilters(url.searchParams));
  const [board, products] = await Promise.all([
    fetchBoard(locals.supabase, organization.id, filters, FIRST_CARDS),
    fetchProducts(locals.supabase, organization.id),
  ]);
  return { board: { ...board, filters, products } };
};
