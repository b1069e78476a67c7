import { fail, redirect, type RequestEvent } from '@sveltejs/kit';
import { message, setError, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { errorWords } from '$lib/error-words';
import { getLocale } from '$lib/paraglide/runtime';
import { paths } from '$lib/paths';
import { completeAccountForm, invitedSignUpForm } from '$lib/server/auth-forms';
import { formStatus } from '$lib/server/form-status';
import { needsPassword, needsPasswordKey } from '$lib/server/invitations/needs-password';
import { invitationPreview, invitedEmail, noteRefusedInvitation } from '$lib/server/invitations/preview';
import { readForm } from '$lib/server/read-form';
import { toAppError, unwrap } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, url }) => {
  const { token } = params;
  const person = await locals.signedIn();
  const invitation = await invitationPreview(locals.supabase, token, person !== null);
  if (person && invitation.state === 'pending' && !invitation.is_mine) {
    await noteRefusedInvitation(token, person.id, 'invitation_for_other');
  }
  const isOpen = invitation.state === 'pending' || invitation.state === 'hidden';
  const email = !person && isOpen ? await invitedEmail(token) : null;
  return {
    invitation,
    person,
    /** Known to the server, so that nobody has to type it, or mistypes it. */
    email,
    needsPassword: isOpen && person ? await needsPassword(locals.supabase) : false,
    signIn: paths.signIn(url.pathname),
    signUp: await superValidate({ email: email ?? '' }, zod4(invitedSignUpForm), {
      id: 'sign-up',
      errors: false,
    }),
    complete: await superValidate(zod4(completeAccountForm(person?.email ?? '')), {
      id: 'complete',
      errors: false,
    }),
  };
};

export const actions: Actions = {
  accept: async (event) => {
    const person = await event.locals.signedIn();
    if (!person) redirect(303, paths.signIn(event.url.pathname));
    const refusal = await accept(event, person.id);
    return fail(formStatus(refusal), { problem: errorWords(refusal) });
  },

  complete: async (event) => {
    const { supabase } = event.locals;
    const person = await event.locals.signedIn();
    if (!person) redirect(303, paths.signIn(event.url.pathname));
    const form = await superValidate(await readForm(event.request), zod4(completeAccountForm(person.email)), {
      id: 'complete',
    });
    const { password, ...name } = form.data;
    form.data.password = '';
    if (!form.valid) return fail(400, { form });

    const { error } = await supabase.auth.updateUser({ password, data: { [needsPasswordKey]: null } });
    // Sent twice, the second time finds the password set.
    if (error && error.code !== 'same_password') return setError(form, 'password', errorWords(error));
    unwrap(await supabase.from('profiles').update(name).eq('id', person.id).select('id'));
    const refusal = await accept(event, person.id);
    return message(form, errorWords(refusal), { status: formStatus(refusal) });
  },

  signUp: async (event) => {
    const form = await superValidate(await readForm(event.request), zod4(invitedSignUpForm), {
      id: 'sign-up',
    });
    const invited = await invitedEmail(event.params.token);
    const { email: typed, password, first_name, last_name } = form.data;
    form.data.password = '';
    if (!form.valid) return fail(400, { form });

    const email = invited ?? typed;
    const { data, error } = await event.locals.supabase.auth.signUp({
      email,
      password,
      options: {
        data: { first_name, last_name, locale: getLocale() },
        emailRedirectTo: event.url.origin + event.url.pathname,
      },
    });
    if (error) return message(form, errorWords(error), { status: formStatus(error) });
    // The same answer when the address has an account: then no mail comes, and the page says to sign in instead.
    if (!data.session) return { form, sentTo: email };
    redirect(303, event.url.pathname);
  },

  /** For who is signed in as somebody else. */
  leave: async (event) => {
    await event.locals.supabase.auth.signOut({ scope: 'local' });
    redirect(303, event.url.pathname);
  },
};

/** Accepts and goes to the organisation; gives back what the database refused. */
async function accept({ locals, params }: RequestEvent<{ token: string }>, person: string): Promise<unknown> {
  const { data, error } = await locals.supabase.rpc('accept_invitation', { token: params.token }).single();
  if (error) {
    const { code, retryable } = toAppError(error);
    if (!retryable) await noteRefusedInvitation(params.token, person, code);
    return error;
  }
  redirect(303, paths.pipeline(data.slug));
}
