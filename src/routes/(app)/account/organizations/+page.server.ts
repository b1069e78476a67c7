import { fail, redirect, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import { errorWords } from '$lib/error-words';
import { getLocale } from '$lib/paraglide/runtime';
import { paths } from '$lib/paths';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { needsPassword } from '$lib/server/invitations/needs-password';
import { waitingInvitations } from '$lib/server/invitations/waiting';
import { readForm } from '$lib/server/read-form';
import { toAppError, unwrap } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { me } = await event.parent();
  return {
    deleted: unwrap(await event.locals.supabase.rpc('deleted_organizations')),
    invitations: await waitingInvitations(event.locals.supabase),
    viewer: { locale: getLocale(), timeZone: me.timezone },
  };
};

/** The id that the form of somebody signed in names; null when it names none. */
async function asked(event: RequestEvent): Promise<string | null> {
  await requireSignedIn(event);
  return z.uuid().safeParse((await readForm(event.request)).get('id')).data ?? null;
}

function refused(cause: unknown, status?: number) {
  const problem = toAppError(cause, status);
  return fail(formStatus(problem), { problem: errorWords(problem) });
}

const noId = { code: '22P02' };

export const actions: Actions = {
  restore: async (event) => {
    const id = await asked(event);
    if (id === null) return refused(noId);
    const { data, error, status } = await event.locals.supabase.rpc('restore_organization', { org_id: id });
    if (error) return refused(error, status);
    redirect(303, paths.pipeline(data));
  },

  /** Accepts an invitation for one's own address, without its link. */
  join: async (event) => {
    const id = await asked(event);
    if (id === null) return refused(noId);
    const { supabase } = event.locals;
    const { data, error, status } = await supabase
      .rpc('accept_my_invitation', { invitation_id: id })
      .single();
    if (error) return refused(error, status);
    redirect(303, (await needsPassword(supabase)) ? paths.resetPassword() : paths.pipeline(data.slug));
  },

  /** For whoever may not see the members' page, where one leaves too. */
  leave: async (event) => {
    const id = await asked(event);
    if (id === null) return refused(noId);
    const { error, status } = await event.locals.supabase.rpc('leave_organization', { org_id: id });
    return error ? refused(error, status) : { left: id };
  },
};
