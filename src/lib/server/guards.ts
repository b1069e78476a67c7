import { error, redirect, type RequestEvent } from '@sveltejs/kit';
import { can, type Access } from '$lib/domain/permissions';
import { paths } from '$lib/paths';
import type { SignedIn } from '$lib/supabase/server';

/** The person of this request, or a redirect to the sign-in that leads back here. */
export async function requireSignedIn(event: Pick<RequestEvent, 'locals' | 'url'>): Promise<SignedIn> {
  const signedIn = await event.locals.signedIn();
  if (signedIn) return signedIn;
  redirect(303, paths.signIn(event.url.pathname + event.url.search));
}

/** Refuses a page to whom no row of it would be shown: the same page in words instead of an empty list. */
export function requirePermission(access: Access, permission: string): void {
  if (!can(access, permission)) error(403, { message: 'not_allowed', code: 'not_allowed' });
}
