import { error } from '@sveltejs/kit';
import { fetchCustomer } from '$lib/data/customers/queries';
import { fetchTimeline } from '$lib/data/interactions/queries';
import { toAppError } from '$lib/supabase/errors';
import type { PageServerLoad } from './$types';

/** The customer with the page itself, so that it can be read before the app runs. Later the app fetches by itself. */
export const load: PageServerLoad = async ({ params, parent, locals, isDataRequest }) => {
  if (isDataRequest) return { record: null };
  const { organization } = await parent();
  try {
    const [customer, timeline] = await Promise.all([
      fetchCustomer(locals.supabase, organization.id, params.id),
      fetchTimeline(locals.supabase, params.id),
    ]);
    return { record: { customer, timeline } };
  } catch (cause) {
    // The same answer for an address that is none, for nobody, and for somebody one may not see.
    const { kind } = toAppError(cause);
    if (kind !== 'not_found' && kind !== 'invalid') throw cause;
    error(404, { message: 'customer_not_found', code: 'customer_not_found' });
  }
};
