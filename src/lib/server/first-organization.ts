import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { SignedIn } from '$lib/supabase/server';

/** Where sign-up leaves the organisation's name until the e-mail address is confirmed. */
export const pendingOrganizationKey = 'pending_organization';

/** The name given at sign-up for an organisation that does not exist yet. */
export function pendingOrganization({ metadata }: SignedIn): string | null {
  const name = metadata[pendingOrganizationKey];
  return typeof name === 'string' && name.trim() !== '' ? name.trim() : null;
}

/**
 * Creates the organisation named at sign-up, once: only for a person without any organisation.
 *
 * @returns its slug, or null when there was nothing to create
 */
export async function createPendingOrganization(
  supabase: SupabaseClient<Database>,
  person: SignedIn,
): Promise<string | null> {
  const name = pendingOrganization(person);
  if (!name) return null;
  const existing = unwrap(await supabase.from('organizations').select('id').limit(1));
  const created = existing.length === 0 ? unwrap(await supabase.rpc('create_organization', { name })) : null;
  await supabase.auth.updateUser({ data: { [pendingOrganizationKey]: null } });
  return created?.slug ?? null;
}
