import { fetchActiveLimit, fetchProducts } from '$lib/data/products/queries';
import { requirePermission } from '$lib/server/guards';
import type { PageServerLoad } from './$types';

/** The list with the page itself. Once the app runs it fetches and follows it by itself. */
export const load: PageServerLoad = async ({ parent, locals, isDataRequest }) => {
  if (isDataRequest) return { seed: null };
  const { access, organization } = await parent();
  requirePermission(access, 'products:read');
  const [products, limit] = await Promise.all([
    fetchProducts(locals.supabase, organization.id),
    fetchActiveLimit(locals.supabase, organization.id),
  ]);
  return { seed: { products, limit } };
};
