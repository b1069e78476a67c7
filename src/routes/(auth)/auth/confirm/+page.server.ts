import { redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { paths } from '$lib/paths';
import { afterSignIn } from '$lib/server/after-sign-in';
import type { PageServerLoad } from './$types';

const linkSchema = z.object({
  token_hash: z.string().min(1).max(500),
  type: z.enum(['email', 'signup', 'recovery', 'invite', 'magiclink', 'email_change']),
  next: z.string().max(2000).default('/'),
});

/** Where every e-mailed link leads: exchanges its one-time token for a session, then goes on. */
export const load: PageServerLoad = async (event) => {
  const link = linkSchema.safeParse(Object.fromEntries(event.url.searchParams));
  if (!link.success) return { outcome: 'failed' as const };
  const { token_hash, type, next } = link.data;

  const { data, error } = await event.locals.supabase.auth.verifyOtp({ token_hash, type });
  if (error) return { outcome: 'failed' as const };
  // The first of two addresses that confirm a change: there is a session only once both have.
  if (type === 'email_change' && !data.session) return { outcome: 'half' as const };
  if (type === 'recovery') redirect(303, paths.resetPassword());
  const target = await afterSignIn(event, next);
  // Invited by the dashboard of the project, without an invitation of ours: the account still lacks a password.
  redirect(303, type === 'invite' && target === paths.home() ? paths.resetPassword() : target);
};
