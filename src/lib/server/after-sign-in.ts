import type { Cookies, RequestEvent } from '@sveltejs/kit';
import { currencyOfLanguages } from '$lib/domain/currency-of-language';
import { cookieMaxAge, cookieName, isLocale } from '$lib/paraglide/runtime';
import { paths } from '$lib/paths';
import { readSession } from '$lib/supabase/server';
import { createPendingOrganization } from './first-organization';
import { safeRedirect } from './safe-redirect';
import { stopViewing } from './view-as';

type SignInEvent = Pick<RequestEvent, 'cookies' | 'locals' | 'request' | 'url'>;

/**
 * What happens once a session has begun: the person's language is taken over unless this browser has chosen one, and
 * the organisation named at sign-up is created. What was looked at as another role before is over.
 *
 * @returns where to go
 */
export async function afterSignIn(
  { cookies, locals, request, url }: SignInEvent,
  next: string,
): Promise<string> {
  const session = await readSession(locals.supabase);
  if (!session) return paths.signIn();
  // Everything else waits until the second step is done.
  if (session.state === 'second_factor') return paths.signInCode(safeRedirect(next, url.origin, ''));
  const { person } = session;
  stopViewing({ cookies, url });
  if (!cookies.get(cookieName)) {
    const { data } = await locals.supabase
      .from('profiles')
      .select('locale')
      .eq('id', person.id)
      .maybeSingle();
    if (data?.locale && isLocale(data.locale)) rememberLanguage(cookies, url, data.locale);
  }
  const slug = await createPendingOrganization(
    locals.supabase,
    currencyOfLanguages(request.headers.get('accept-language')),
  );
  return slug ? paths.welcome(slug) : safeRedirect(next, url.origin);
}

/** Keeps the language in this browser; the page itself reads the cookie too. */
export function rememberLanguage(cookies: Cookies, url: URL, language: string): void {
  cookies.set(cookieName, language, {
    path: '/',
    httpOnly: false,
    secure: url.protocol === 'https:',
    sameSite: 'lax',
    maxAge: cookieMaxAge,
  });
}
