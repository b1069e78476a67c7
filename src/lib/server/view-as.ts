import type { Cookies } from '@sveltejs/kit';
import { z } from 'zod';
import { sessionCookieName } from '$lib/supabase/server';

/** The role through which an admin looks at one organisation. */
export interface ViewAs {
  /** Slug of the organisation; elsewhere the view does not hold. */
  org: string;
  roleId: string;
}

interface Context {
  url: URL;
  cookies: Cookies;
}

const cookieName = (url: URL) => `${sessionCookieName(url)}-view-as`;

/** What this browser looks through; ends with the browser's session, and with {@link stopViewing}. */
export function readViewAs({ url, cookies }: Context): ViewAs | null {
  const [org = '', roleId = ''] = cookies.get(cookieName(url))?.split(':') ?? [];
  return org !== '' && z.uuid().safeParse(roleId).success ? { org, roleId } : null;
}

export function startViewing({ url, cookies }: Context, { org, roleId }: ViewAs): void {
  cookies.set(cookieName(url), `${org}:${roleId}`, {
    path: '/',
    httpOnly: true,
    secure: url.protocol === 'https:',
    sameSite: 'lax',
  });
}

export function stopViewing({ url, cookies }: Context): void {
  const secure = url.protocol === 'https:';
  cookies.delete(cookieName(url), { path: '/', httpOnly: true, secure, sameSite: 'lax' });
}
