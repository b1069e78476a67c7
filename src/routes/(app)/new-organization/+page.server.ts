import { fail, redirect } from '@sveltejs/kit';
import { message, setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { currencyOfLanguages } from '$lib/domain/currency-of-language';
import { errorWords } from '$lib/error-words';
import { paths } from '$lib/paths';
import { pendingOrganization } from '$lib/server/first-organization';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { waitingInvitations } from '$lib/server/invitations/waiting';
import { readForm } from '$lib/server/read-form';
import { organizationForm } from '$lib/server/settings-forms';
import { toAppError, unwrap } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  await requireSignedIn(event);
  const name = (await pendingOrganization(event.locals.supabase)) ?? '';
  const currency = currencyOfLanguages(event.request.headers.get('accept-language'));
  const deleted = unwrap(await event.locals.supabase.rpc('deleted_organizations'));
  return {
    form: await superValidate({ name, currency }, zod4(organizationForm), { errors: false }),
    canRestore: deleted.length > 0,
    invitations: await waitingInvitations(event.locals.supabase),
  };
};

export const actions: Actions = {
  default: async (event) => {
    await requireSignedIn(event);
    const form = await superValidate(await readForm(event.request), zod4(organizationForm));
    if (!form.valid) return fail(400, { form });

    const { data, error, status } = await event.locals.supabase.rpc('create_organization', form.data);
    if (error) {
      const problem = toAppError(error, status);
      const { field } = problem;
      if (field === 'name' || field === 'currency') return setError(form, field, errorWords(problem));
      return message(form, errorWords(problem), { status: formStatus(problem) });
    }
    redirect(303, paths.welcome(data.slug));
  },
};
