import { createHash } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import type { Database } from '$lib/supabase/database.types';
import { AppError, toAppError, unwrap } from '$lib/supabase/errors';
import { MemoryAttempts } from './memory-attempts';

export type Outcome = 'failed' | 'succeeded' | 'abandoned';

/** A try to sign in that may go ahead, or the seconds to wait before the next one may. */
export type Attempt =
  { retryAfter: number; finish?: never } | { retryAfter: null; finish: (outcome: Outcome) => Promise<void> };

const answer = z.union([
  z.object({ attempt_id: z.number(), retry_after: z.null() }),
  z.object({ attempt_id: z.null(), retry_after: z.number() }),
]);

/** Used where the app has no secret key: the same rule, kept by this process alone and forgotten when it ends. */
const memory = new MemoryAttempts();

interface Try {
  /** What is tried: an e-mail address, or whose second factor. */
  account: string;
  address: string | null;
  /** False for the demo's one-click sign-in, which is recorded and never refused. */
  limited?: boolean;
}

/** Asks whether signing in may be tried, and records that it is. Five failures within 15 minutes are too many. */
export async function beginSignIn(
  admin: SupabaseClient<Database> | null,
  { account, address, limited = true }: Try,
): Promise<Attempt> {
  // The database makes a keyed hash of it: the address itself does not even travel there.
  const digest = createHash('sha256').update(account.toLowerCase()).digest('hex');
  if (!admin) return memory.begin(digest, address, limited);
  const begun = answer.parse(
    unwrap(
      await admin.rpc('begin_sign_in', {
        account_digest: digest,
        ...(address !== null && { client_address: address }),
        limited,
      }),
    ),
  );
  if (begun.attempt_id === null) return { retryAfter: begun.retry_after };
  return {
    retryAfter: null,
    finish: async (outcome) => {
      const { error } = await admin.rpc('finish_sign_in', { attempt_id: begun.attempt_id, outcome });
      if (error)
        console.error(
          JSON.stringify({ at: new Date().toISOString(), code: 'attempt_not_finished' }),
          error.code,
        );
    },
  };
}

/** What Auth's answer says about the password. */
export function outcomeOf(error: unknown): Outcome {
  if (!error) return 'succeeded';
  const { kind, code } = toAppError(error);
  // The password was right, or Auth did not get to look at it.
  const undecided = kind === 'network' || kind === 'bug' || kind === 'rate' || code === 'email_not_confirmed';
  return undecided ? 'abandoned' : 'failed';
}

/** The refusal of a try that came too early. */
export class TooManyAttempts extends AppError {
  /** Seconds. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super({ kind: 'rate', code: 'too_many_attempts', retryable: true });
    this.retryAfter = retryAfter;
  }
}
