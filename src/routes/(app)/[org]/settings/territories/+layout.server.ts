import type { Setting } from '$lib/data/settings/schema';
import { requirePermission } from '$lib/server/guards';
import { unwrap } from '$lib/supabase/errors';
import type { LayoutServerLoad } from './$types';

/** With the settings, since one of them says which day it is. */
export const load: LayoutServerLoad = async ({ parent, locals }) => {
  const { access, organization } = await parent();
  requirePermission(access, 'territories:read');
  const settings: Setting[] = unwrap(
    await locals.supabase.rpc('organization_settings', { org_id: organization.id }),
  );
  return { settings };
};
