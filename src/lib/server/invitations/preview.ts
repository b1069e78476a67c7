import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { adminClient } from '$lib/server/admin-client';
import type { Database } from '$lib/supabase/database.types';
import { toAppError } from '$lib/supabase/errors';

const schema = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('pending'),
    organization: z.string(),
    inviter: z.string().nullable(),
    role: z.object({ key: z.string(), name: z.string(), is_system: z.boolean() }),
    /** Masked. */
    email: z.string(),
    is_mine: z.boolean(),
    expires_at: z.string(),
  }),
  z.object({ state: z.literal('member'), organization: z.string(), slug: z.string() }),
  z.object({ state: z.enum(['used', 'revoked', 'expired']) }),
]);

/** What a link is for; `unknown` for a token nobody issued, `hidden` while nobody is signed in and this server may not look. */
export type InvitationPreview = z.infer<typeof schema> | { state: 'unknown' } | { state: 'hidden' };

/** Looks at an invitation as the person who is signed in, or as the server before anybody is. */
export async function invitationPreview(
  supabase: SupabaseClient<Database>,
  token: string,
  isSignedIn: boolean,
): Promise<InvitationPreview> {
  const client = isSignedIn ? supabase : adminClient();
  if (!client) return { state: 'hidden' };
  const { data, error, status } = await client.rpc('invitation_preview', { token });
  if (!error) return schema.parse(data);
  const problem = toAppError(error, status);
  if (problem.kind === 'not_found') return { state: 'unknown' };
  throw problem;
}

/** Tells the trail of the organisation that somebody tried an invitation that is not, or no longer, theirs. */
export async function noteRefusedInvitation(token: string, person: string, reason: string): Promise<void> {
  await adminClient()?.rpc('note_invitation_refused', { token, person, reason });
}

/** The address a pending invitation is bound to; null when this server may not know it, or it is no longer pending. */
export async function invitedEmail(token: string): Promise<string | null> {
  const { data } = (await adminClient()?.rpc('invitation_email', { token })) ?? {};
  return data ?? null;
}
