import { error } from '@sveltejs/kit';
import { fetchCustomer } from '$lib/data/customers/queries';
import { fetchTimeline } from '$lib/data/interactions/queries';
import { isId } from '$lib/domain/text';
import { reportForeignAccess } from '$lib/server/report-foreign-access';
import { toAppError } from '$lib/supabase/errors';
import type { PageServerLoad } from './$types';

/** The customer with the page itself, so that it can be read before the app runs. Later the app fetches by itself. */
export const load: PageServerLoad = async ({ params, parent, locals, isDataRequest }) => {
  if (!isId(params.id)) notFound();
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
    if (kind !== 'not_found') throw cause;
    // Should it be a customer of another organisation, that one gets to know; the answer here is the same.
    await reportForeignAccess(locals.supabase, 'customers', params.id);
    notFound();
  }
};

function notFound(): never {
  error(404, { message: 'customer_not_found', code: 'customer_not_found' });
}
