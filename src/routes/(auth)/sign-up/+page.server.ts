import { fail, redirect } from '@sveltejs/kit';
import { message, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { errorWords } from '$lib/error-words';
import { getLocale } from '$lib/paraglide/runtime';
import { paths } from '$lib/paths';
import { afterSignIn } from '$lib/server/after-sign-in';
import { signUpForm } from '$lib/server/auth-forms';
import { pendingOrganizationKey } from '$lib/server/first-organization';
import { formStatus } from '$lib/server/form-status';
import { localMailUrl } from '$lib/server/local-mail';
import { readForm } from '$lib/server/read-form';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  if (await locals.signedIn()) redirect(303, paths.home());
  return { form: await superValidate(zod4(signUpForm)) };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await superValidate(await readForm(event.request), zod4(signUpForm));
    const { email, password, first_name, last_name, organization } = form.data;
    form.data.password = '';
    if (!form.valid) return fail(400, { form });

    const { data, error } = await event.locals.supabase.auth.signUp({
      email,
      password,
      options: {
        data: { first_name, last_name, locale: getLocale(), [pendingOrganizationKey]: organization },
        emailRedirectTo: event.url.origin,
      },
    });
    if (error) return message(form, errorWords(error), { status: formStatus(error) });
    // Without a session the address has to be confirmed first. The answer is the same when it had an account before.
    if (!data.session) return { form, sentTo: email, mailUrl: localMailUrl(event.url) };
    redirect(303, await afterSignIn(event, paths.home()));
  },
};
