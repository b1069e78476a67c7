import { toAppError } from '$lib/supabase/errors';
import type { PageServerLoad } from './$types';

/** How far the organisation has come: the guide ticks off what is there. */
export const load: PageServerLoad = async ({ locals, parent }) => {
  const { organization } = await parent();
  const count = async (table: 'customers' | 'products') => {
    const answer = await locals.supabase
      .from(table)
      .select('id', { count: 'exact', head: true })
      .eq('org_id', organization.id)
      .limit(1);
    if (answer.error) throw toAppError(answer.error, answer.status);
    return answer.count ?? 0;
  };
  const [customers, products] = await Promise.all([count('customers'), count('products')]);
  return { customers, products };
};
