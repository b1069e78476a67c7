import type { AppEnv } from '$lib/supabase/env';
import { sessionIdOf } from '$lib/supabase/session-id';

type Fetch = typeof fetch;

/** The browser that a request of Auth is made for. */
export interface Client {
  address: string | null;
  userAgent: string | null;
  /** What the request is called in this server's log. */
  requestId: string;
}

/** What a session was begun or renewed from. */
export type NoteSession = (sessionId: string, client: Client) => Promise<void>;

/**
 * A `fetch` that tells Auth whom a call is made for. Otherwise Auth would see one client, this server: its limits would
 * be shared by everyone. Hosted Auth believes `Sb-Forwarded-For` from who holds a secret key, and takes no secret key
 * from a browser's user agent; which browser it was is kept by `note` instead.
 *
 * Calls for data carry the address and the request's name for the audit trail, and never the secret key: with it they would
 * be privileged.
 */
export function forwardClient(
  send: Fetch,
  env: Pick<AppEnv, 'supabaseUrl' | 'publishableKey' | 'secretKey'>,
  client: Client,
  note: NoteSession,
): Fetch {
  const { supabaseUrl, publishableKey, secretKey } = env;
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init?.headers);
    if (address.startsWith(`${supabaseUrl}/rest/v1/`)) {
      if (client.address) headers.set('x-forwarded-for', client.address);
      headers.set('x-request-id', client.requestId);
      return send(input, { ...init, headers });
    }
    if (!address.startsWith(`${supabaseUrl}/auth/v1/`)) return send(input, init);
    if (!secretKey) {
      if (client.userAgent) headers.set('user-agent', client.userAgent);
      return send(input, { ...init, headers });
    }
    headers.set('apikey', secretKey);
    if (headers.get('authorization') === `Bearer ${publishableKey}`) {
      headers.set('authorization', `Bearer ${secretKey}`);
    }
    if (client.address) headers.set('sb-forwarded-for', client.address);
    const response = await send(input, { ...init, headers });
    const sessionId = response.ok && init?.method === 'POST' ? await begunSession(response.clone()) : null;
    if (sessionId) await note(sessionId, client);
    return response;
  };
}

/** The id of the session that an answer of Auth hands out, if it does. */
async function begunSession(response: Response): Promise<string | null> {
  if (!response.headers.get('content-type')?.includes('json')) return null;
  const answer: unknown = await response.json().catch(() => null);
  if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) return null;
  return sessionIdOf(String(answer.access_token)) ?? null;
}
