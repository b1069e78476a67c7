import { fail, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import type { FormOutcome } from '$lib/components/shared/form/form-outcome';
import { deviceOf } from '$lib/domain/user-agent';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { unwrap } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  await requireSignedIn(event);
  const sessions = unwrap(await event.locals.supabase.rpc('my_sessions'));
  return {
    sessions: sessions.map(({ user_agent, ...session }) => ({ ...session, device: deviceOf(user_agent) })),
  };
};

const idField = z.uuid();

function refused(event: RequestEvent, error: unknown, status?: number) {
  const outcome: FormOutcome = { ok: false, text: errorWords(error) };
  return fail(formStatus(error, status), { outcome });
}

export const actions: Actions = {
  /** Ends one session. One that has ended already is as good as ended. */
  end: async (event) => {
    await requireSignedIn(event);
    const id = idField.safeParse((await readForm(event.request)).get('id'));
    if (!id.success) return fail(400, { outcome: { ok: false, text: m.error_invalid_value() } });
    const { error, status } = await event.locals.supabase.rpc('end_session', { session_id: id.data });
    if (error && error.message !== 'session_not_found') return refused(event, error, status);
    return { outcome: { ok: true, text: m.sessions_ended_one() } };
  },

  endOthers: async (event) => {
    await requireSignedIn(event);
    const { data, error, status } = await event.locals.supabase.rpc('end_other_sessions');
    if (error) return refused(event, error, status);
    return { outcome: { ok: true, text: m.sessions_ended_others({ count: data }) } };
  },
};
