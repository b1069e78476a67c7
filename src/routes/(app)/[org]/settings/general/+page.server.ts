import { fail } from '@sveltejs/kit';
import { message, setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import type { z } from 'zod';
import type { FormOutcome } from '$lib/components/shared/form/form-outcome';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { organizationForm } from '$lib/server/settings-forms';
import { AppError, toAppError } from '$lib/supabase/errors';
import type { Actions } from './$types';

export const actions: Actions = {
  default: async (event) => {
    await requireSignedIn(event);
    const form = await superValidate<z.infer<typeof organizationForm>, FormOutcome>(
      await readForm(event.request),
      zod4(organizationForm),
    );
    if (!form.valid) return fail(400, { form });

    const { data, error, status } = await event.locals.supabase
      .from('organizations')
      .update(form.data)
      .eq('slug', event.params.org)
      .select('id');
    if (error) {
      const problem = toAppError(error, status);
      const { field } = problem;
      if (field === 'name' || field === 'currency') return setError(form, field, errorWords(problem));
      return message(form, { ok: false, text: errorWords(problem) }, { status: formStatus(problem) });
    }
    // Row-level security shows no row to who may not change it.
    if (data.length === 0) {
      const refusal = new AppError({ kind: 'forbidden', code: 'not_allowed' });
      return message(form, { ok: false, text: errorWords(refusal) }, { status: 403 });
    }
    return message(form, { ok: true, text: m.saved() });
  },
};
