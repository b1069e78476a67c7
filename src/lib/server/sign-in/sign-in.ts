import type { RequestEvent } from '@sveltejs/kit';
import { toAppError } from '$lib/supabase/errors';
import { adminClient } from '../admin-client';
import { clientAddress } from '../client-address';
import { beginSignIn, outcomeOf, TooManyAttempts } from './attempts';

type SignInEvent = Pick<RequestEvent, 'getClientAddress' | 'locals' | 'request' | 'setHeaders'>;

/**
 * Signs a person in, unless too many tries have failed for the account or from the address; then the answer carries
 * `Retry-After`.
 *
 * @returns what was in the way, or null when the session has begun
 */
export async function signIn(
  event: SignInEvent,
  { email, password, limited = true }: { email: string; password: string; limited?: boolean },
): Promise<Error | null> {
  try {
    const attempt = await beginSignIn(adminClient(), {
      account: email,
      address: clientAddress(event),
      limited,
    });
    if (attempt.retryAfter !== null) {
      event.setHeaders({ 'retry-after': String(attempt.retryAfter) });
      return new TooManyAttempts(attempt.retryAfter);
    }
    const { error } = await event.locals.supabase.auth.signInWithPassword({ email, password });
    await attempt.finish(outcomeOf(error));
    return error;
  } catch (cause) {
    return toAppError(cause);
  }
}
