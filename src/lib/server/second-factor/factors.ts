import type { RequestEvent } from '@sveltejs/kit';
import { adminClient } from '../admin-client';
import { clientAddress } from '../client-address';
import { beginSignIn, outcomeOf, TooManyAttempts } from '../sign-in/attempts';
import { toAppError, unwrap } from '$lib/supabase/errors';

/** A device whose codes are asked for at sign-in. */
export interface Device {
  id: string;
  name: string;
  addedAt: string;
}

type CodeEvent = Pick<RequestEvent, 'getClientAddress' | 'locals' | 'request' | 'setHeaders'>;

/** The devices of the person, those half set up left out. */
export async function devicesOf(supabase: App.Locals['supabase']): Promise<Device[]> {
  const { totp } = unwrap(await supabase.auth.mfa.listFactors());
  return totp.map(({ id, friendly_name, created_at }) => ({
    id,
    name: friendly_name || id.slice(0, 4),
    addedAt: created_at,
  }));
}

/**
 * Takes a code for the session, under the limits of passwords but counted apart: who knows the password must not be able
 * to make up for wrong codes with it.
 *
 * @returns what was in the way, or null when the session has its second factor
 */
export async function giveCode(
  event: CodeEvent,
  person: { id: string },
  { device, code }: { device: string; code: string },
): Promise<Error | null> {
  try {
    const attempt = await beginSignIn(adminClient(), {
      account: `second factor of ${person.id}`,
      address: clientAddress(event),
    });
    if (attempt.retryAfter !== null) {
      event.setHeaders({ 'retry-after': String(attempt.retryAfter) });
      return new TooManyAttempts(attempt.retryAfter);
    }
    const { error } = await event.locals.supabase.auth.mfa.challengeAndVerify({ factorId: device, code });
    await attempt.finish(outcomeOf(error));
    return error;
  } catch (cause) {
    return toAppError(cause);
  }
}
