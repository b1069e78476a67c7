import { redirect, type RequestEvent } from '@sveltejs/kit';
import { paths } from '$lib/paths';
import type { SignedIn } from '$lib/supabase/server';

/** The person of this request, or a redirect to the sign-in that leads back here. */
export async function requireSignedIn(event: Pick<RequestEvent, 'locals' | 'url'>): Promise<SignedIn> {
  const signedIn = await event.locals.signedIn();
  if (signedIn) return signedIn;
  redirect(303, paths.signIn(event.url.pathname + event.url.search));
}
