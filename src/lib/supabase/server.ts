import { createServerClient } from '@supabase/ssr';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Cookies } from '@sveltejs/kit';
import type { Database } from './database.types';
import type { AppEnv } from './env';
import { createRefreshOnce } from './refresh-once';

/** The verified person of a request. */
export interface SignedIn {
  id: string;
  email: string;
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
 */
export function createRequestClient(env: AppEnv, context: RequestContext): SupabaseClient<Database> {
  const { url, cookies } = context;
  const secure = url.protocol === 'https:';
  return createServerClient<Database>(env.supabaseUrl, env.publishableKey, {
    global: { fetch: refreshOnce },
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

/** Verifies the session of the request's cookie: by signature where keys are public, by asking Auth otherwise. */
export async function readSignedIn(supabase: SupabaseClient): Promise<SignedIn | null> {
  const { data } = await supabase.auth.getClaims();
  if (!data?.claims.sub) return null;
  return { id: data.claims.sub, email: data.claims.email ?? '' };
}
