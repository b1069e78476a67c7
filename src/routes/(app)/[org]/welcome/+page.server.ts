import { toAppError } from '$lib/supabase/errors';
import type { PageServerLoad } from './$types';

/** How far the organisation has come: the guide ticks off what is there. */
export const load: PageServerLoad = async ({ locals, parent }) => {
  const { organization } = await parent();
  const { count, error, status } = await locals.supabase
    .from('customers')
    .select('id', { count: 'exact', head: true })
    .eq('org_id', organization.id);
  if (error) throw toAppError(error, status);
  return { customers: count ?? 0 };
};
