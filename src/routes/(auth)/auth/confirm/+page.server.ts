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
  if (!link.success) return;
  const { token_hash, type, next } = link.data;

  const { error } = await event.locals.supabase.auth.verifyOtp({ token_hash, type });
  if (error) return;
  const target = type === 'recovery' ? paths.resetPassword() : await afterSignIn(event, next);
  redirect(303, target);
};
