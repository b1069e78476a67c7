import { needsPasswordKey } from '$lib/server/invitations/needs-password';
import { announceEnded } from './announce-ended';

/**
 * Sets the password of who is signed in. Whoever knew the old one is signed out everywhere else.
 * @returns why the password was not taken, or null
 */
export function setPassword(supabase: App.Locals['supabase'], password: string) {
  return announceEnded(supabase, async () => {
    const { error } = await supabase.auth.updateUser({ password, data: { [needsPasswordKey]: null } });
    if (!error) await supabase.auth.signOut({ scope: 'others' });
    return error;
  });
}
