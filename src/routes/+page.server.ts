import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths';
import { requireSignedIn } from '$lib/server/guards';
import { lastOrganization } from '$lib/server/last-organization';
import { unwrap } from '$lib/supabase/errors';
import type { PageServerLoad } from './$types';

/** The address without anything leads to the organisation last worked in. */
export const load: PageServerLoad = async (event) => {
  await requireSignedIn(event);
  const { supabase } = event.locals;
  const [visible, asking] = await Promise.all([
    supabase.from('organizations').select('slug').is('deleted_at', null).order('name'),
    supabase.rpc('organizations_asking_second_factor'),
  ]);
  // One that asks for a second factor first says so when it is opened.
  const organizations = [...unwrap(visible), ...unwrap(asking)];
  const last = lastOrganization(event.cookies);
  const organization = organizations.find(({ slug }) => slug === last) ?? organizations[0];
  redirect(303, organization ? paths.pipeline(organization.slug) : paths.newOrganization());
};
