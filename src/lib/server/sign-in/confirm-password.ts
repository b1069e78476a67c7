import { createClient } from '@supabase/supabase-js';
import type { Database } from '$lib/supabase/database.types';
import { appEnv } from '../env';
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
  const supabase = createClient<Database>(supabaseUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const problem = await signIn(
    { getClientAddress, setHeaders, locals: { ...locals, supabase } },
    credentials,
  );
  if (!problem) await supabase.auth.signOut({ scope: 'local' });
  return problem;
}
