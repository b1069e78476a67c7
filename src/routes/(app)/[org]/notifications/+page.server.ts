import { fetchNotifications } from '$lib/data/notifications/queries';
import type { PageServerLoad } from './$types';

/** The list with the page itself. Once the app runs it fetches and follows it by itself. */
export const load: PageServerLoad = async ({ parent, locals, isDataRequest }) => {
  if (isDataRequest) return { notifications: null };
  const { organization, me } = await parent();
  return { notifications: await fetchNotifications(locals.supabase, organization.id, me.id) };
};
