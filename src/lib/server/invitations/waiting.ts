import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import type { Database } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';

const schema = z.array(
  z.object({
    id: z.uuid(),
    organization: z.string(),
    inviter: z.string().nullable(),
    role: z.object({ key: z.string(), name: z.string(), is_system: z.boolean() }),
    expires_at: z.string(),
  }),
);

/** Invitations for the confirmed address of who is signed in: theirs to accept without the link. */
export async function waitingInvitations(
  supabase: SupabaseClient<Database>,
): Promise<z.infer<typeof schema>> {
  return schema.parse(unwrap(await supabase.rpc('my_invitations')));
}
