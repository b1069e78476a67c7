import { createClient } from '@supabase/supabase-js';
import type { Database } from '$lib/supabase/database.types';
import { appEnv } from '../env';
import { clientAddress } from '../client-address';
import { forwardClient } from './forward-client';
import { signIn } from './sign-in';

type ConfirmEvent = Parameters<typeof signIn>[0];

/**
 * Asks Auth whether a password is the account's, in a session that ends at once, under the limits of signing in: whoever
 * finds an open browser cannot try passwords here either.
 *
 * @returns what was in the way, or null when the password is right
 */
export async function confirmPassword(
  event: ConfirmEvent,
  credentials: { email: string; password: string },
): Promise<Error | null> {
  const { supabaseUrl, publishableKey } = appEnv();
  const client = {
    address: clientAddress(event),
    userAgent: event.request.headers.get('user-agent'),
    requestId: event.locals.requestId,
  };
  const supabase = createClient<Database>(supabaseUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // Nobody needs to hear of a session that is over before it is used.
    global: { fetch: forwardClient(fetch, appEnv(), client, async () => {}) },
  });
  const problem = await signIn({ ...event, locals: { ...event.locals, supabase } }, credentials);
  if (!problem) await supabase.auth.signOut({ scope: 'local' });
  return problem;
}
