import { error, redirect, type RequestEvent } from '@sveltejs/kit';
import { can, type Access } from '$lib/domain/permissions';
import { paths } from '$lib/paths';
import type { SignedIn } from '$lib/supabase/server';

/**
 * The person of this request, or a redirect to the sign-in that leads back here: to its second step where the password
 * was given and the second factor was not.
 */
export async function requireSignedIn({
  locals,
  url,
}: Pick<RequestEvent, 'locals' | 'url'>): Promise<SignedIn> {
  const session = await locals.session();
  if (session?.state === 'open') return session.person;
  const here = url.pathname + url.search;
  redirect(303, session?.state === 'second_factor' ? paths.signInCode(here) : paths.signIn(here));
}

/** Refuses a page to whom no row of it would be shown: the same page in words instead of an empty list. */
export function requirePermission(access: Access, permission: string): void {
  if (!can(access, permission)) error(403, { message: 'not_allowed', code: 'not_allowed' });
}
