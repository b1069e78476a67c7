import { fail } from '@sveltejs/kit';
import { message, setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import type { z } from 'zod';
import type { FormOutcome } from '$lib/components/shared/form/form-outcome';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { passwordChangeForm } from '$lib/server/auth-forms';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { TooManyAttempts } from '$lib/server/sign-in/attempts';
import { confirmPassword } from '$lib/server/sign-in/confirm-password';
import { setPassword } from '$lib/server/sign-in/set-password';
import { toAppError } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

type Fields = z.infer<ReturnType<typeof passwordChangeForm>>;

export const load: PageServerLoad = async (event) => {
  const { email } = await requireSignedIn(event);
  return { email, form: await superValidate(zod4(passwordChangeForm(email)), { errors: false }) };
};

export const actions: Actions = {
  default: async (event) => {
    const { email } = await requireSignedIn(event);
    const form = await superValidate<Fields, FormOutcome>(
      await readForm(event.request),
      zod4(passwordChangeForm(email)),
    );
    const { current, password } = form.data;
    Object.assign(form.data, { current: '', password: '' });
    if (!form.valid) return fail(400, { form });

    const wrong = await confirmPassword(event, { email, password: current });
    if (wrong) {
      if (wrong instanceof TooManyAttempts) {
        const text = m.error_too_many_attempts({ minutes: Math.ceil(wrong.retryAfter / 60) });
        return message(form, { ok: false, text }, { status: 429 });
      }
      if (toAppError(wrong).code === 'invalid_credentials') {
        return setError(form, 'current', m.account_password_wrong());
      }
      return message(form, { ok: false, text: errorWords(wrong) }, { status: formStatus(wrong) });
    }
    const refused = await setPassword(event.locals.supabase, password);
    if (refused) return setError(form, 'password', errorWords(refused));
    return message(form, { ok: true, text: m.account_password_changed() });
  },
};
