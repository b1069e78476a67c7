import { error, redirect } from '@sveltejs/kit';
import { toAccess } from '$lib/data/access/my-access';
import { paths } from '$lib/paths';
import { readViewAs, stopViewing } from '$lib/server/view-as';
import { rememberOrganization } from '$lib/server/last-organization';
import { unwrap } from '$lib/supabase/errors';
import type { LayoutServerLoad } from './$types';

/** The organisation of the address, what this person may do in it, and who else is a member. */
export const load: LayoutServerLoad = async ({ params, parent, locals, cookies, url }) => {
  const { organizations, asking } = await parent();
  const organization = organizations.find(({ slug }) => slug === params.org);
  if (asking.some(({ slug }) => slug === params.org)) {
    redirect(303, paths.accountSecondFactor(url.pathname + url.search));
  }
  // The same answer whether it does not exist or may not be seen.
  if (!organization) error(404, { message: 'organization_not_found', code: 'organization_not_found' });

  const readAt = Date.now();
  const [answer, members] = await Promise.all([
    locals.supabase.rpc('my_access', { org_id: organization.id }),
    locals.supabase
      .from('memberships')
      .select(
        'user_id, title, team, manager_id, is_active, profiles!inner(first_name, last_name, avatar_color)',
      )
      .eq('org_id', organization.id)
      .order('created_at'),
  ]);
  const access = toAccess(unwrap(answer));
  // Who is no admin any more, or whose role is gone, sees through their own eyes again.
  if (!access.viewingAs && readViewAs({ cookies, url })?.org === organization.slug)
    stopViewing({ cookies, url });
  const viewedRole = access.viewingAs
    ? unwrap(
        await locals.supabase
          .from('roles')
          .select('key, name, is_system')
          .eq('id', access.viewingAs)
          .single(),
      )
    : null;
  rememberOrganization(cookies, url, organization.slug);

  return {
    organization,
    access,
    viewedRole,
    readAt,
    members: unwrap(members).map(({ profiles, ...membership }) => ({ ...membership, ...profiles })),
  };
};
