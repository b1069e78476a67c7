import { fail } from '@sveltejs/kit';
import { message, setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import type { z } from 'zod';
import type { FormOutcome } from '$lib/components/shared/form/form-outcome';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';
import { emailChangeForm } from '$lib/server/auth-forms';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  await requireSignedIn(event);
  const { data } = await event.locals.supabase.auth.getUser();
  return {
    email: data.user?.email ?? '',
    /** The address that a change under way is to lead to. */
    waiting: data.user?.new_email ?? null,
    form: await superValidate(zod4(emailChangeForm), { errors: false }),
  };
};

export const actions: Actions = {
  default: async (event) => {
    const person = await requireSignedIn(event);
    const form = await superValidate<z.infer<typeof emailChangeForm>, FormOutcome>(
      await readForm(event.request),
      zod4(emailChangeForm),
    );
    if (!form.valid) return fail(400, { form });
    const { email } = form.data;
    if (email === person.email) return setError(form, 'email', m.account_email_same());

    const { error } = await event.locals.supabase.auth.updateUser(
      { email },
      { emailRedirectTo: event.url.origin + paths.accountEmail() },
    );
    // Whether somebody else has an account with the address is not told.
    if (error && error.code !== 'email_exists') {
      return message(form, { ok: false, text: errorWords(error) }, { status: formStatus(error) });
    }
    return message(form, { ok: true, text: m.account_email_sent({ email }) });
  },
};
