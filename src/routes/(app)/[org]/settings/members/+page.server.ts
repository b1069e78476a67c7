import { fetchInvitations, fetchMembers, fetchRoles } from '$lib/data/members/queries';
import { can } from '$lib/domain/permissions';
import { requirePermission } from '$lib/server/guards';
import type { PageServerLoad } from './$types';

/** The list with the page itself. Once the app runs it fetches and follows it by itself. */
export const load: PageServerLoad = async ({ parent, locals, isDataRequest }) => {
  const { access, organization } = await parent();
  requirePermission(access, 'members:read');
  if (isDataRequest) return { seed: null };
  const [members, roles, invitations] = await Promise.all([
    fetchMembers(locals.supabase, organization.id),
    fetchRoles(locals.supabase, organization.id),
    can(access, 'members:invite') ? fetchInvitations(locals.supabase, organization.id) : [],
  ]);
  return { seed: { members, roles, invitations } };
};
