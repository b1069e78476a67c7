import { error, type RequestEvent } from '@sveltejs/kit';
import { unwrap } from '$lib/supabase/errors';

/** The id of the organisation that a form's address names, or the page that says there is none to be seen. */
export async function organizationOf({
  locals,
  params,
}: Pick<RequestEvent<{ org: string }>, 'locals' | 'params'>): Promise<string> {
  const found = await locals.supabase
    .from('organizations')
    .select('id')
    .eq('slug', params.org)
    .is('deleted_at', null);
  const id = unwrap(found)[0]?.id;
  if (id === undefined) error(404, { message: 'organization_not_found', code: 'organization_not_found' });
  return id;
}
