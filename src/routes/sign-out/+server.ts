import { redirect, type RequestHandler } from '@sveltejs/kit';
import { leaveNotice } from '$lib/notice';
import { paths } from '$lib/paths';
import { stopViewing } from '$lib/server/view-as';
import { endSession } from '$lib/supabase/server';

/** Ends this session only; other devices stay signed in. The sign-in page empties this browser. */
export const POST: RequestHandler = async ({ cookies, locals, url }) => {
  stopViewing({ cookies, url });
  await endSession(locals.supabase, { cookies, url });
  leaveNotice(cookies, url, 'signed_out');
  redirect(303, paths.signIn());
};
