import type { Cookies } from '@sveltejs/kit';

/** Something that was done and is said on the next page, whichever it is. */
const notices = ['password_changed', 'second_factor_on', 'second_factor_off'] as const;
/** Signing out is not said: the sign-in page empties this browser for it. */
type Notice = (typeof notices)[number] | 'signed_out';

const NAME = 'tandem-notice';

/** On the server: leaves a word for the page that the person is sent to. */
export function leaveNotice(cookies: Cookies, url: URL, notice: Notice): void {
  cookies.set(NAME, notice, {
    path: '/',
    // The page itself reads it, once.
    httpOnly: false,
    secure: url.protocol === 'https:',
    sameSite: 'lax',
    maxAge: 120,
  });
}

/** In the browser: what was left, once. */
export function takeNotice(): (typeof notices)[number] | null {
  return notices.find(take) ?? null;
}

/** In the browser: whether it was a sign-out that led here, once. */
export const takeSignedOut = (): boolean => take('signed_out');

function take(notice: Notice): boolean {
  if (!document.cookie.split('; ').includes(`${NAME}=${notice}`)) return false;
  document.cookie = `${NAME}=; path=/; max-age=0`;
  return true;
}
