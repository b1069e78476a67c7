import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { errorWords } from '$lib/error-words';
import { getLocale } from '$lib/paraglide/runtime';
import { paths } from '$lib/paths';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { needsPasswordKey } from '$lib/server/invitations/mail-invitation';
import { waitingInvitations } from '$lib/server/invitations/waiting';
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

export const actions: Actions = {
  restore: async (event) => {
    await requireSignedIn(event);
    const id = z.uuid().safeParse((await event.request.formData()).get('id'));
    if (!id.success) return fail(400, { problem: errorWords({ code: '22P02' }) });
    const { data, error, status } = await event.locals.supabase.rpc('restore_organization', {
      org_id: id.data,
    });
    if (error) {
      const problem = toAppError(error, status);
      return fail(formStatus(problem), { problem: errorWords(problem) });
    }
    redirect(303, paths.pipeline(data));
  },

  /** Accepts an invitation for one's own address, without its link. */
  join: async (event) => {
    await requireSignedIn(event);
    const { supabase } = event.locals;
    const id = z.uuid().safeParse((await event.request.formData()).get('id'));
    if (!id.success) return fail(400, { problem: errorWords({ code: '22P02' }) });
    const { data, error, status } = await supabase
      .rpc('accept_my_invitation', { invitation_id: id.data })
      .single();
    if (error) {
      const problem = toAppError(error, status);
      return fail(formStatus(problem), { problem: errorWords(problem) });
    }
    const { data: account } = await supabase.auth.getUser();
    redirect(
      303,
      account.user?.user_metadata[needsPasswordKey] ? paths.resetPassword() : paths.pipeline(data.slug),
    );
  },

  /** For whoever may not see the members' page, where one leaves too. */
  leave: async (event) => {
    await requireSignedIn(event);
    const id = z.uuid().safeParse((await event.request.formData()).get('id'));
    if (!id.success) return fail(400, { problem: errorWords({ code: '22P02' }) });
    const { error, status } = await event.locals.supabase.rpc('leave_organization', { org_id: id.data });
    if (!error) return { left: id.data };
    const problem = toAppError(error, status);
    return fail(formStatus(problem), { problem: errorWords(problem) });
  },
};
