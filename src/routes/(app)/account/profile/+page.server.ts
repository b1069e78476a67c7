import { fail } from '@sveltejs/kit';
import { message, setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import type { z } from 'zod';
import type { FormOutcome } from '$lib/components/shared/form/form-outcome';
import { timeZones } from '$lib/domain/dates';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { profileForm } from '$lib/server/settings-forms';
import { toAppError } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent }) => {
  const { me } = await parent();
  // From here, because the browser's list may differ from the server's.
  return { timeZones: timeZones(me.timezone) };
};

export const actions: Actions = {
  default: async (event) => {
    const { id } = await requireSignedIn(event);
    const form = await superValidate<z.infer<typeof profileForm>, FormOutcome>(
      await readForm(event.request),
      zod4(profileForm),
    );
    if (!form.valid) return fail(400, { form });

    const { error, status } = await event.locals.supabase.from('profiles').update(form.data).eq('id', id);
    if (error) {
      const problem = toAppError(error, status);
      if (problem.field === 'timezone') return setError(form, 'timezone', errorWords(problem));
      return message(form, { ok: false, text: errorWords(problem) }, { status: formStatus(problem) });
    }
    return message(form, { ok: true, text: m.saved() });
  },
};
