import { createClient, type PostgrestError } from '@supabase/supabase-js';
import type { Caller } from '../_shared/caller.ts';
import { RequestError } from '../_shared/errors.ts';
import type { FollowUp } from './handler.ts';

/** More than anybody keeps; the calendar is not an export. */
const mostFollowUps = 200;

interface InteractionRow {
  id: string;
  follow_up_at: string;
  subject: string | null;
  next_action: string | null;
  customers: { name: string } | null;
}

/**
 * Reads through row-level security, with the caller's own token: what the caller may no longer see is not in the
 * calendar. Contacts that a later one corrects are left out.
 *
 * @throws RequestError 401 for a token that the API refuses, 503 when it does not answer.
 */
export async function loadFollowUps(caller: Caller, from: Date): Promise<FollowUp[]> {
  const supabase = createClient(Deno.env.get('SUPABASE_URL') ?? '', publishableKey(), {
    global: { headers: { authorization: `Bearer ${caller.token}` } },
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error, status } = await supabase
    .from('interactions')
    .select('id, follow_up_at, subject, next_action, customers(name)')
    .eq('user_id', caller.userId)
    .gte('follow_up_at', from.toISOString())
    .order('follow_up_at')
    .limit(mostFollowUps)
    .overrideTypes<InteractionRow[], { merge: false }>();
  if (error) throw failure(error, status);
  if (data.length === 0) return [];

  const corrections = await supabase
    .from('interactions')
    .select('corrects_id')
    .in('corrects_id', data.map((row) => row.id))
    .overrideTypes<{ corrects_id: string }[], { merge: false }>();
  if (corrections.error) throw failure(corrections.error, corrections.status);
  const corrected = new Set(corrections.data.map((row) => row.corrects_id));
  return data
    .filter((row) => !corrected.has(row.id))
    .map(({ customers, ...row }) => ({ ...row, customer_name: customers?.name ?? '' }));
}

function failure(error: PostgrestError, status: number): RequestError {
  if (status === 401) {
    return new RequestError(401, 'token_refused', 'Your access token is not valid any more. Sign in again.');
  }
  console.error(`interactions could not be read (${status}): ${error.message}`);
  return new RequestError(
    503,
    'database_unavailable',
    'Your follow-ups cannot be read now. Try again in a moment.',
  );
}

/** The key that identifies the application; a project has several, `default` is the first. */
function publishableKey(): string {
  const keys: unknown = JSON.parse(Deno.env.get('SUPABASE_PUBLISHABLE_KEYS') ?? '{}');
  const key = typeof keys === 'object' && keys !== null && 'default' in keys ? keys.default : undefined;
  return typeof key === 'string' ? key : (Deno.env.get('SUPABASE_ANON_KEY') ?? '');
}
