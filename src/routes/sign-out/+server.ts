import { redirect, type RequestHandler } from '@sveltejs/kit';
import { paths } from '$lib/paths';

/** Ends this session only; other devices stay signed in. */
export const POST: RequestHandler = async ({ locals }) => {
  await locals.supabase.auth.signOut({ scope: 'local' });
  redirect(303, paths.signIn());
};
