import { createServerClient } from '@supabase/ssr';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Cookies } from '@sveltejs/kit';
import { z } from 'zod';
import type { Database } from './database.types';
import type { AppEnv } from './env';
import { unwrap } from './errors';
import { createRefreshOnce } from './refresh-once';
import { sessionIdOf } from './session-id';

/** The verified person of a request. */
export interface SignedIn {
  id: string;
  email: string;
}

/** A session, and what it is good for. */
export interface Session {
  person: SignedIn;
  /** `second_factor`: the person has one, and this session lacks it. Nothing is shown to any but an open one. */
  state: 'open' | 'second_factor' | 'ended';
}

interface RequestContext {
  url: URL;
  cookies: Cookies;
  setHeaders: (headers: Record<string, string>) => void;
}

/** Shared by all requests of the process on purpose: it is what two requests of one person have in common. */
const refreshOnce = createRefreshOnce();

/** Cookies do not tell ports apart, so each local instance names its own; `__Host-` where the connection is secure. */
export function sessionCookieName(url: URL): string {
  if (url.protocol === 'https:') return '__Host-tandem';
  return url.port ? `tandem-${url.port}` : 'tandem';
}

/**
 * The client of one request: acts as the person of the session cookie, refreshes the session when it is due and writes
 * it back with the cache headers that keep proxies from storing it.
 *
 * @param wrapFetch what the server adds to each request, such as the address of the browser it is made for
 */
export function createRequestClient(
  env: AppEnv,
  context: RequestContext,
  wrapFetch: (send: typeof fetch) => typeof fetch = (send) => send,
): SupabaseClient<Database> {
  const { url, cookies } = context;
  const secure = url.protocol === 'https:';
  return createServerClient<Database>(env.supabaseUrl, env.publishableKey, {
    global: { fetch: wrapFetch(refreshOnce) },
    cookieOptions: { name: sessionCookieName(url), path: '/', httpOnly: true, secure, sameSite: 'lax' },
    cookies: {
      getAll: () => cookies.getAll(),
      setAll: (changed, headers) => {
        for (const { name, value, options } of changed) {
          cookies.set(name, value, { ...options, path: '/', httpOnly: true, secure, sameSite: 'lax' });
        }
        context.setHeaders(headers);
      },
    },
  });
}

/** Holds which session was ended in this browser last. */
export const endedCookieName = (url: URL): string => `${sessionCookieName(url)}-ended`;

/** As long as an access token can last: a week is the most that hosted Supabase allows. */
const endedSeconds = 7 * 24 * 60 * 60;

/**
 * Ends this browser's session; other devices stay signed in. A request of another tab may be under way with a session it
 * has just renewed, and its answer writes the cookie again. Its token would be good for an hour where tokens are verified
 * without asking Auth, so the browser remembers the session that has ended, and {@link readSignedIn} goes by that.
 */
export async function endSession(
  supabase: SupabaseClient,
  { url, cookies }: Pick<RequestContext, 'url' | 'cookies'>,
): Promise<void> {
  const { data } = await supabase.auth.getSession();
  const ended = data.session && sessionIdOf(data.session.access_token);
  if (ended) {
    const secure = url.protocol === 'https:';
    cookies.set(endedCookieName(url), ended, {
      path: '/',
      httpOnly: true,
      secure,
      sameSite: 'lax',
      maxAge: endedSeconds,
    });
  }
  await supabase.auth.signOut({ scope: 'local' });
}

/**
 * Verifies the session of the request's cookie: by signature where keys are public, by asking Auth otherwise.
 *
 * @param ended the session that was ended in this browser, which counts as none
 */
export async function readSignedIn(supabase: SupabaseClient, ended?: string): Promise<SignedIn | null> {
  const { data } = await supabase.auth.getClaims();
  if (!data?.claims.sub || (ended && data.claims.session_id === ended)) return null;
  return { id: data.claims.sub, email: data.claims.email ?? '' };
}

const sessionState = z.enum(['open', 'second_factor', 'ended']);

/**
 * The session of the request's cookie with what the database says of it. Where tokens verify without asking Auth, one
 * outlives its session; and only the database knows whether a second factor is due.
 *
 * @param ended the session that was ended in this browser, which counts as none
 * @throws AppError when the database does not answer
 */
export async function readSession(
  supabase: SupabaseClient<Database>,
  ended?: string,
): Promise<Session | null> {
  const { data } = await supabase.auth.getSession();
  if (!data.session) return null;
  const [person, state] = await Promise.all([readSignedIn(supabase, ended), supabase.rpc('session_state')]);
  return person && { person, state: sessionState.parse(unwrap(state)) };
}
