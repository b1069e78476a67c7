import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '$lib/supabase/database.types';
import { appEnv } from './env';

let client: SupabaseClient<Database> | undefined;

/**
 * The server's own client, which acts for nobody in particular. It calls the few functions that are granted to the secret
 * key and reads no tables: what a person may see is asked with the person's own client.
 *
 * @returns null where the app runs without a secret key
 */
export function adminClient(): SupabaseClient<Database> | null {
  const { supabaseUrl, secretKey } = appEnv();
  if (!secretKey) return null;
  client ??= createClient<Database>(supabaseUrl, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return client;
}
