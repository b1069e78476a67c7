import { createClient } from '@supabase/supabase-js';
import { adminClient } from '$lib/server/admin-client';
import { appEnv } from '$lib/server/env';
import { needsPasswordKey } from './needs-password';

/** What became of the mail: sent, refused by Auth, or none because this server has no secret key. */
export type MailOutcome = 'sent' | 'failed' | 'unavailable';

interface Invitation {
  id: string;
  address: string;
  /** The page of the invitation, token included. */
  link: string;
}

/**
 * Lets Auth send the mail, so that no mail server of our own is needed: its invitation for an address without an account,
 * its sign-in link for one that has an account. Both lead to the invitation. Whoever invites is not told which it was.
 */
export async function mailInvitation({ id, address, link }: Invitation): Promise<MailOutcome> {
  const admin = adminClient();
  if (!admin) return 'unavailable';
  const invited = await admin.auth.admin.inviteUserByEmail(address, {
    redirectTo: link,
    data: { [needsPasswordKey]: true },
  });
  const error = invited.error?.code === 'email_exists' ? await mailSignInLink(address, link) : invited.error;
  if (error) {
    console.error(
      JSON.stringify({ at: new Date().toISOString(), invitation: id, mail: error.code ?? error.name }),
    );
    return 'failed';
  }
  await admin.rpc('note_invitation_sent', { invitation_id: id });
  return 'sent';
}

async function mailSignInLink(address: string, link: string) {
  const { supabaseUrl, publishableKey } = appEnv();
  const visitor = createClient(supabaseUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const { error } = await visitor.auth.signInWithOtp({
    email: address,
    options: { emailRedirectTo: link, shouldCreateUser: false },
  });
  return error;
}
