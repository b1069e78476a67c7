import { PostgrestClient } from '@supabase/postgrest-js';
import { RealtimeClient } from '@supabase/realtime-js';
import { createAccessTokenSource, type AccessToken } from './access-token';
import type { Database } from './database.types';
import { viewingAs } from './view-as';
import { sessionIdOf } from './session-id';

/** Where the browser reaches the API, as the root layout hands it out. */
export interface BackendAddress {
  url: string;
  publishableKey: string;
}

/**
 * The browser's way to the data. Made of the two parts of supabase-js that the browser needs; Auth stays on the
 * server (the session lives in HttpOnly cookies), which also halves what the first page loads.
 */
export interface BrowserClient {
  from: PostgrestClient<Database>['from'];
  rpc: PostgrestClient<Database>['rpc'];
  realtime: RealtimeClient;
  accessToken: () => Promise<string | null>;
  /** Leaves the page when its session is among those that were ended from elsewhere. */
  leaveIfEnded: (sessions: readonly string[]) => Promise<void>;
}

interface Options {
  backend: BackendAddress;
  /** Called once when the session has ended; the page should go to the sign-in. */
  onSignedOut: () => void;
  /** The role through which an admin looks at the organisation on screen; null when it is their own. */
  viewedRole: () => string | null;
}

/** Makes the client of one page. Call it in a component, never at module level. */
export function createBrowserClient({ backend, onSignedOut, viewedRole }: Options): BrowserClient {
  const { url, publishableKey } = backend;
  const accessToken = createAccessTokenSource({ request: requestToken, onSignedOut });

  const rest = new PostgrestClient<Database>(`${url}/rest/v1`, {
    headers: { apikey: publishableKey },
    fetch: viewingAs(async (input, init) => {
      const headers = new Headers(init?.headers);
      const token = await accessToken();
      if (token) headers.set('Authorization', `Bearer ${token}`);
      return fetch(input, { ...init, headers, signal: withLimit(init?.signal) });
    }, viewedRole),
  });

  const realtime = new RealtimeClient(`${url.replace(/^http/, 'ws')}/realtime/v1`, {
    params: { apikey: publishableKey },
    accessToken,
  });

  async function leaveIfEnded(sessions: readonly string[]): Promise<void> {
    const token = await accessToken();
    if (token && !sessions.includes(sessionIdOf(token) ?? '')) return;
    // A token that has not expired may still verify: the server is told to forget the session.
    await fetch('/sign-out', { method: 'POST', redirect: 'manual' }).catch(() => undefined);
    onSignedOut();
  }

  return { from: rest.from.bind(rest), rpc: rest.rpc.bind(rest), realtime, accessToken, leaveIfEnded };
}

/** Longer than the database takes for anything: after it nothing comes, though nobody has said so. */
const ANSWER_LIMIT_MS = 30_000;

/** Whoever waits in line behind a request must not wait for ever for a network that is gone without a word. */
function withLimit(signal: AbortSignal | null | undefined): AbortSignal {
  const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}

async function requestToken(): Promise<AccessToken | null> {
  const response = await fetch('/auth/token', {
    headers: { 'x-tandem': 'token' },
    cache: 'no-store',
    signal: withLimit(null),
  });
  if (response.status === 401) return null;
  if (!response.ok) throw new TypeError(`Failed to fetch an access token: ${response.status}`);
  const token: AccessToken = await response.json();
  return token;
}
