import type { Cookies } from '@sveltejs/kit';

const cookieName = 'tandem-organization';
const halfYear = 60 * 60 * 24 * 180;

/** Where the next visit starts. */
export function rememberOrganization(cookies: Cookies, url: URL, slug: string): void {
  if (cookies.get(cookieName) === slug) return;
  cookies.set(cookieName, slug, {
    path: '/',
    httpOnly: true,
    secure: url.protocol === 'https:',
    sameSite: 'lax',
    maxAge: halfYear,
  });
}

/** The slug of the organisation last looked at; it may no longer exist or be somebody else's. */
export function lastOrganization(cookies: Cookies): string | undefined {
  return cookies.get(cookieName);
}
