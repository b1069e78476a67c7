import { isIP } from 'node:net';
import type { Keys } from '../keys/keys.ts';
import { plainAddress } from './client-address.ts';
import { readCredentials } from './credentials.ts';

/**
 * Whose address a call of Auth is made for. A server that signs people in says it in `Sb-Forwarded-For`, which counts
 * with a secret key only, as hosted; otherwise everyone who uses that server would share its limits.
 *
 * @param peer address the request came from.
 * @see https://supabase.com/docs/guides/auth/rate-limits
 */
export async function forwardedAddress(request: Request, peer: string, keys: Keys): Promise<string> {
  const given = plainAddress(request.headers.get('sb-forwarded-for')?.trim() ?? '');
  if (isIP(given) === 0) return peer;
  const { apiKey } = await readCredentials(request, keys);
  return apiKey === 'secret' ? given : peer;
}
