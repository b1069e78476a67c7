import type { Cookies } from '@sveltejs/kit';

/** Something that was done and is said on the next page, whichever it is. */
const notices = ['password_changed', 'second_factor_on', 'second_factor_off'] as const;
type Notice = (typeof notices)[number];

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
export function takeNotice(): Notice | null {
  const left = notices.find((notice) => document.cookie.split('; ').includes(`${NAME}=${notice}`));
  if (left) document.cookie = `${NAME}=; path=/; max-age=0`;
  return left ?? null;
}
