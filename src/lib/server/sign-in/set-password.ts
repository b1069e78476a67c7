import { needsPasswordKey } from '$lib/server/invitations/needs-password';

/**
 * Sets the password of who is signed in. Whoever knew the old one is signed out everywhere else, and their open pages
 * leave at once: Auth ends sessions without telling anybody.
 * @returns why the password was not taken, or null
 */
export async function setPassword(supabase: App.Locals['supabase'], password: string) {
  const { data: sessions } = await supabase.rpc('my_sessions');
  const { error } = await supabase.auth.updateUser({ password, data: { [needsPasswordKey]: null } });
  if (error) return error;
  await supabase.auth.signOut({ scope: 'others' });
  await supabase.rpc('announce_ended_sessions', { session_ids: (sessions ?? []).map(({ id }) => id) });
  return null;
}
