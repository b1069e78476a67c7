import { error } from '@sveltejs/kit';
import { toAccess } from '$lib/server/access';
import { rememberOrganization } from '$lib/server/last-organization';
import { unwrap } from '$lib/supabase/errors';
import type { LayoutServerLoad } from './$types';

/** The organisation of the address, what this person may do in it, and who else is a member. */
export const load: LayoutServerLoad = async ({ params, parent, locals, cookies, url }) => {
  const { organizations } = await parent();
  const organization = organizations.find(({ slug }) => slug === params.org);
  // The same answer whether it does not exist or may not be seen.
  if (!organization) error(404, { message: 'organization_not_found', code: 'organization_not_found' });

  const [access, members] = await Promise.all([
    locals.supabase.rpc('my_access', { org_id: organization.id }),
    locals.supabase
      .from('memberships')
      .select(
        'user_id, title, team, manager_id, is_active, profiles!inner(first_name, last_name, avatar_color)',
      )
      .eq('org_id', organization.id)
      .order('created_at'),
  ]);
  rememberOrganization(cookies, url, organization.slug);

  return {
    organization,
    access: toAccess(unwrap(access)),
    members: unwrap(members).map(({ profiles, ...membership }) => ({ ...membership, ...profiles })),
  };
};
