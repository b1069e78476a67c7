import { fail, redirect } from '@sveltejs/kit';
import { message, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';
import { afterSignIn } from '$lib/server/after-sign-in';
import { signInForm } from '$lib/server/auth-forms';
import { demoPassword, demoTeams } from '$lib/server/demo';
import { formStatus } from '$lib/server/form-status';
import { readForm } from '$lib/server/read-form';
import { safeRedirect } from '$lib/server/safe-redirect';
import { TooManyAttempts } from '$lib/server/sign-in/attempts';
import { signIn } from '$lib/server/sign-in/sign-in';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const next = safeRedirect(url.searchParams.get('next'), url.origin, '');
  const session = await locals.session();
  if (session?.state === 'open') redirect(303, next || '/');
  if (session?.state === 'second_factor') redirect(303, paths.signInCode(next));
  return {
    form: await superValidate({ next }, zod4(signInForm), { errors: false }),
    teams: await demoTeams(),
    next,
  };
};

export const actions: Actions = {
  password: async (event) => {
    const form = await superValidate(await readForm(event.request), zod4(signInForm));
    if (!form.valid) return fail(400, { form: withoutPassword(form) });

    const { email, password, next } = form.data;
    const problem = await signIn(event, { email, password });
    if (problem) return message(withoutPassword(form), wordsOf(problem), { status: formStatus(problem) });
    redirect(303, await afterSignIn(event, next));
  },

  demo: async (event) => {
    const data = await readForm(event.request);
    const form = await superValidate({ next: String(data.get('next') ?? '') }, zod4(signInForm), {
      errors: false,
    });
    const email = String(data.get('email') ?? '');
    const password = await demoPassword(email);
    if (!password) return message(form, m.sign_in_demo_gone(), { status: 400 });

    const problem = await signIn(event, { email, password, limited: false });
    if (problem) return message(form, wordsOf(problem), { status: formStatus(problem) });
    redirect(303, await afterSignIn(event, form.data.next));
  },
};

/** The words for a sign-in that was refused; a try that came too early is told how long to wait. */
function wordsOf(problem: unknown): string {
  if (!(problem instanceof TooManyAttempts)) return errorWords(problem);
  return m.error_too_many_attempts({ minutes: Math.ceil(problem.retryAfter / 60) });
}

function withoutPassword<Form extends { data: { password: string } }>(form: Form): Form {
  form.data.password = '';
  return form;
}
