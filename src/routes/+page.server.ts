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
  const organizations = unwrap(
    await supabase.from('organizations').select('slug').is('deleted_at', null).order('name'),
  );
  const last = lastOrganization(event.cookies);
  const organization = organizations.find(({ slug }) => slug === last) ?? organizations[0];
  redirect(303, organization ? paths.pipeline(organization.slug) : paths.newOrganization());
};
