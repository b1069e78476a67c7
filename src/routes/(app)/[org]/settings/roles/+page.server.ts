import { fetchListedRoles } from '$lib/data/roles/queries';
import { requirePermission } from '$lib/server/guards';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent, locals }) => {
  const { access, organization } = await parent();
  requirePermission(access, 'members:read');
  return { roles: await fetchListedRoles(locals.supabase, organization.id) };
};
