import { fail, redirect } from '@sveltejs/kit';
import { message, setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { errorWords } from '$lib/error-words';
import { paths } from '$lib/paths';
import { newOrganizationForm } from '$lib/server/auth-forms';
import { pendingOrganization } from '$lib/server/first-organization';
import { requireSignedIn } from '$lib/server/guards';
import { toAppError } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  await requireSignedIn(event);
  const name = (await pendingOrganization(event.locals.supabase)) ?? '';
  return {
    form: await superValidate({ name, currency: 'EUR' }, zod4(newOrganizationForm), { errors: false }),
  };
};

export const actions: Actions = {
  default: async (event) => {
    await requireSignedIn(event);
    const form = await superValidate(event.request, zod4(newOrganizationForm));
    if (!form.valid) return fail(400, { form });

    const { data, error, status } = await event.locals.supabase.rpc('create_organization', form.data);
    if (error) {
      const { kind, field } = toAppError(error, status);
      if (field === 'name' || field === 'currency') return setError(form, field, errorWords(error));
      return message(form, errorWords(error), { status: kind === 'rate' ? 429 : 400 });
    }
    redirect(303, paths.welcome(data.slug));
  },
};
