import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { paths } from '$lib/paths';
import { afterSignIn } from '$lib/server/after-sign-in';
import type { Actions, PageServerLoad } from './$types';

const linkSchema = z.object({
  token_hash: z.string().min(1).max(500),
  type: z.enum(['email', 'signup', 'recovery', 'invite', 'magiclink', 'email_change']),
  next: z.string().max(2000).default('/'),
});

const readLink = (url: URL) => linkSchema.safeParse(Object.fromEntries(url.searchParams));

/**
 * Where every e-mailed link leads. Opening it changes nothing yet: programs that look through mail for harmful links open
 * them too, and each works only once.
 */
export const load: PageServerLoad = async ({ locals, url }) => {
  const link = readLink(url);
  if (!link.success) return { outcome: 'failed' as const, signedInAs: null };
  // A link that signs somebody in takes the place of who is signed in here; one's own address and password are confirmed
  // while one is.
  const replaces = link.data.type !== 'email_change' && link.data.type !== 'recovery';
  const person = replaces ? await locals.signedIn() : null;
  return { outcome: 'open' as const, signedInAs: person?.email ?? null };
};

export const actions: Actions = {
  /** Exchanges the one-time token of the link for a session, then goes on. */
  default: async (event) => {
    const link = readLink(event.url);
    if (!link.success) return fail(400, { outcome: 'failed' as const });
    const { token_hash, type, next } = link.data;

    const { data, error } = await event.locals.supabase.auth.verifyOtp({ token_hash, type });
    if (error) return fail(400, { outcome: 'failed' as const });
    // The first of two addresses that confirm a change: there is a session only once both have.
    if (type === 'email_change' && !data.session) return { outcome: 'half' as const };
    if (type === 'recovery') redirect(303, paths.resetPassword());
    const target = await afterSignIn(event, next);
    // Invited by the dashboard of the project, without an invitation of ours: the account still lacks a password.
    redirect(303, type === 'invite' && target === paths.home() ? paths.resetPassword() : target);
  },
};
