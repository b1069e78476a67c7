import { error, redirect } from '@sveltejs/kit';
import { toAccess } from '$lib/data/access/my-access';
import { nameOfRow, type MemberRow } from '$lib/data/workspace.svelte';
import { getLocale } from '$lib/paraglide/runtime';
import { paths } from '$lib/paths';
import { rememberOrganization } from '$lib/server/last-organization';
import { myOrganizations } from '$lib/server/my-organizations';
import { readViewAs, stopViewing } from '$lib/server/view-as';
import { unwrap } from '$lib/supabase/errors';
import type { LayoutServerLoad } from './$types';

/** The organisation of the address, what this person may do in it, and who else is a member. */
export const load: LayoutServerLoad = async ({ params, parent, locals, cookies, url }) => {
  const readAt = Date.now();
  const inside = readInside(locals, params.org);
  // Asked beside what the session is good for; what is wrong with that is said first.
  inside.catch(() => undefined);
  const { organizations, asking } = await parent();
  const organization = organizations.find(({ slug }) => slug === params.org);
  if (asking.some(({ slug }) => slug === params.org)) {
    redirect(303, paths.accountSecondFactor(url.pathname + url.search));
  }
  const found = await inside;
  // The same answer whether it does not exist or may not be seen.
  if (!organization || !found) {
    error(404, { message: 'organization_not_found', code: 'organization_not_found' });
  }
  const { access, members, formerMembers } = found;
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

  return { organization, access, viewedRole, readAt, members, formerMembers };
};

/** What this person may do in an organisation, its members by name, and who has left; null where it is none of theirs. */
async function readInside(locals: App.Locals, slug: string) {
  const organization = (await myOrganizations(locals)).find((one) => one.slug === slug);
  if (!organization) return null;
  const [access, members, former] = await Promise.all([
    locals.supabase.rpc('my_access', { org_id: organization.id }),
    locals.supabase
      .from('memberships')
      .select(
        'user_id, title, team, manager_id, is_active, profiles!inner(first_name, last_name, avatar_color)',
      )
      .eq('org_id', organization.id),
    locals.supabase.rpc('former_members', { org_id: organization.id }),
  ]);
  const byName = new Intl.Collator(getLocale());
  return {
    access: toAccess(unwrap(access)),
    members: unwrap(members)
      .map(({ profiles, ...membership }): MemberRow => ({ ...membership, ...profiles }))
      .sort((a, b) => byName.compare(nameOfRow(a), nameOfRow(b))),
    formerMembers: unwrap(former),
  };
}
