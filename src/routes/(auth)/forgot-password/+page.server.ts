import { fail } from '@sveltejs/kit';
import { message, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { errorWords } from '$lib/error-words';
import { paths } from '$lib/paths';
import { forgotPasswordForm } from '$lib/server/auth-forms';
import { localMailUrl } from '$lib/server/local-mail';
import { readForm } from '$lib/server/read-form';
import { toAppError } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async () => ({ form: await superValidate(zod4(forgotPasswordForm)) });

export const actions: Actions = {
  default: async ({ locals, request, url }) => {
    const form = await superValidate(await readForm(request), zod4(forgotPasswordForm));
    if (!form.valid) return fail(400, { form });

    const { email } = form.data;
    const { error } = await locals.supabase.auth.resetPasswordForEmail(email, {
      redirectTo: url.origin + paths.resetPassword(),
    });
    // Whether there is an account is nobody's business: only trouble with the service itself is told.
    const kind = error ? toAppError(error).kind : null;
    if (kind === 'network' || kind === 'bug') return message(form, errorWords(error), { status: 503 });
    if (kind === 'rate') return message(form, errorWords(error), { status: 429 });
    return { form, sentTo: email, mailUrl: localMailUrl(url) };
  },
};
