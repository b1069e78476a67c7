import { redirect, type RequestHandler } from '@sveltejs/kit';
import { paths } from '$lib/paths';
import { endSession } from '$lib/supabase/server';

/** Ends this session only; other devices stay signed in. */
export const POST: RequestHandler = async ({ cookies, locals, url }) => {
  await endSession(locals.supabase, { cookies, url });
  redirect(303, paths.signIn());
};
