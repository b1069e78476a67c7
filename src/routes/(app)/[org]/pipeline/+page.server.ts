import { fetchBoard } from '$lib/data/customers/queries';
import { fetchProducts } from '$lib/data/products/queries';
import { readFilters } from '$lib/features/pipeline/board-filters';
import { myOrganizations } from '$lib/server/my-organizations';
import type { PageServerLoad } from './$types';

/** Enough for the first paint of a tall screen; the rest pages in. */
const FIRST_CARDS = 12;

/**
 * The board's first cards with the page itself. Once the app runs it fetches and follows them by itself. Does not wait for
 * the layouts, which say what is wrong where there is nothing to show.
 */
export const load: PageServerLoad = async ({ params, locals, url, isDataRequest, untrack }) => {
  if (isDataRequest) return { board: null };
  const readAt = Date.now();
  const organization = (await myOrganizations(locals)).find(({ slug }) => slug === params.org);
  if (!organization) return { board: null };
  const filters = untrack(() => readFilters(url.searchParams));
  const [board, products] = await Promise.all([
    fetchBoard(locals.supabase, organization.id, filters, FIRST_CARDS),
    fetchProducts(locals.supabase, organization.id),
  ]);
  return { board: { ...board, filters, products, readAt } };
};
