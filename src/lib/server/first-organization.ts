import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';

/** Where sign-up leaves the organisation's name until the e-mail address is confirmed. */
export const pendingOrganizationKey = 'pending_organization';

/** The name given at sign-up for an organisation that does not exist yet. */
export async function pendingOrganization(supabase: SupabaseClient<Database>): Promise<string | null> {
  const { data } = await supabase.auth.getUser();
  const name: unknown = data.user?.user_metadata[pendingOrganizationKey];
  return typeof name === 'string' && name.trim() !== '' ? name.trim() : null;
}

/**
 * Creates the organisation named at sign-up, once: only for a person without any organisation.
 *
 * @param currency what its amounts start with; the person can change it
 * @returns its slug, or null when there was nothing to create
 */
export async function createPendingOrganization(
  supabase: SupabaseClient<Database>,
  currency: string,
): Promise<string | null> {
  const existing = unwrap(await supabase.from('organizations').select('id').limit(1));
  if (existing.length > 0) return null;
  const name = await pendingOrganization(supabase);
  if (!name) return null;
  const created = unwrap(await supabase.rpc('create_organization', { name, currency }));
  await supabase.auth.updateUser({ data: { [pendingOrganizationKey]: null } });
  return created.slug;
}
