import { fail, redirect } from '@sveltejs/kit';
import { setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { errorWords } from '$lib/error-words';
import { leaveNotice } from '$lib/notice';
import { paths } from '$lib/paths';
import { afterSignIn } from '$lib/server/after-sign-in';
import { resetPasswordForm } from '$lib/server/auth-forms';
import { readForm } from '$lib/server/read-form';
import { setPassword } from '$lib/server/sign-in/set-password';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const session = await locals.session();
  // The link by mail stands for the password; whoever has a second factor gives it too.
  if (session?.state === 'second_factor') redirect(303, paths.signInCode(paths.resetPassword()));
  if (session?.state !== 'open') redirect(303, paths.forgotPassword());
  const signedIn = session.person;
  return { email: signedIn.email, form: await superValidate(zod4(resetPasswordForm(signedIn.email))) };
};

export const actions: Actions = {
  default: async (event) => {
    const signedIn = await event.locals.signedIn();
    if (!signedIn) redirect(303, paths.forgotPassword());
    const form = await superValidate(await readForm(event.request), zod4(resetPasswordForm(signedIn.email)));
    const { password } = form.data;
    form.data.password = '';
    if (!form.valid) return fail(400, { form });

    const refused = await setPassword(event.locals.supabase, password);
    if (refused) return setError(form, 'password', errorWords(refused));
    leaveNotice(event.cookies, event.url, 'password_changed');
    redirect(303, await afterSignIn(event, paths.home()));
  },
};
