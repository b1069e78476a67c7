import { fail, redirect } from '@sveltejs/kit';
import { message, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { afterSignIn } from '$lib/server/after-sign-in';
import { signInForm } from '$lib/server/auth-forms';
import { demoPassword, demoTeams } from '$lib/server/demo';
import { formStatus } from '$lib/server/form-status';
import { safeRedirect } from '$lib/server/safe-redirect';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const next = safeRedirect(url.searchParams.get('next'), url.origin, '');
  if (await locals.signedIn()) redirect(303, next || '/');
  return {
    form: await superValidate({ next }, zod4(signInForm), { errors: false }),
    teams: await demoTeams(),
    next,
  };
};

export const actions: Actions = {
  password: async (event) => {
    const form = await superValidate(event.request, zod4(signInForm));
    if (!form.valid) return fail(400, { form: withoutPassword(form) });

    const { email, password, next } = form.data;
    const { error } = await event.locals.supabase.auth.signInWithPassword({ email, password });
    if (error) return message(withoutPassword(form), errorWords(error), { status: formStatus(error) });
    redirect(303, await afterSignIn(event, next));
  },

  demo: async (event) => {
    const data = await event.request.formData();
    const form = await superValidate({ next: String(data.get('next') ?? '') }, zod4(signInForm), {
      errors: false,
    });
    const email = String(data.get('email') ?? '');
    const password = await demoPassword(email);
    if (!password) return message(form, m.sign_in_demo_gone(), { status: 400 });

    const { error } = await event.locals.supabase.auth.signInWithPassword({ email, password });
    if (error) return message(form, errorWords(error), { status: formStatus(error) });
    redirect(303, await afterSignIn(event, form.data.next));
  },
};

function withoutPassword<Form extends { data: { password: string } }>(form: Form): Form {
  form.data.password = '';
  return form;
}
