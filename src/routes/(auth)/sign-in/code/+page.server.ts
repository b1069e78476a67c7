import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { paths } from '$lib/paths';
import { afterSignIn } from '$lib/server/after-sign-in';
import { formStatus } from '$lib/server/form-status';
import { readForm } from '$lib/server/read-form';
import { safeRedirect } from '$lib/server/safe-redirect';
import { codeField } from '$lib/server/second-factor/code-field';
import { codeWords } from '$lib/server/second-factor/code-words';
import { devicesOf, giveCode } from '$lib/server/second-factor/factors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const next = safeRedirect(url.searchParams.get('next'), url.origin, '');
  await requireHalfSignedIn(locals, next);
  return { next, devices: await devicesOf(locals.supabase) };
};

const given = z.object({ code: codeField, device: z.uuid() });

export const actions: Actions = {
  default: async (event) => {
    const form = await readForm(event.request);
    const next = safeRedirect(form.get('next')?.toString(), event.url.origin, '');
    const person = await requireHalfSignedIn(event.locals, next);
    const input = given.safeParse(Object.fromEntries(form));
    if (!input.success) return fail(400, { problem: input.error.issues[0]?.message ?? '' });

    const problem = await giveCode(event, person, input.data);
    if (problem) return fail(formStatus(problem), { problem: codeWords(problem) });
    redirect(303, await afterSignIn(event, next));
  },
};

/** Who has given the password and not the code; everybody else is sent where they belong. */
async function requireHalfSignedIn(locals: App.Locals, next: string): Promise<{ id: string }> {
  const session = await locals.session();
  if (session?.state === 'second_factor') return session.person;
  redirect(303, session?.state === 'open' ? next || paths.home() : paths.signIn(next));
}
