import { fail, redirect, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import { errorWords } from '$lib/error-words';
import { leaveNotice } from '$lib/notice';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';
import { formStatus } from '$lib/server/form-status';
import { requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { announceEnded } from '$lib/server/sign-in/announce-ended';
import { safeRedirect } from '$lib/server/safe-redirect';
import { codeField } from '$lib/server/second-factor/code-field';
import { codeWords } from '$lib/server/second-factor/code-words';
import { enrolmentOf } from '$lib/server/second-factor/enrolment';
import { devicesOf, giveCode } from '$lib/server/second-factor/factors';
import { toAppError } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  await requireSignedIn(event);
  const devices = await devicesOf(event.locals.supabase);
  const asked = event.url.searchParams.get('remove');
  return {
    devices,
    /** The one to be removed, once that is confirmed. */
    removing: devices.find(({ id }) => id === asked) ?? null,
    next: safeRedirect(event.url.searchParams.get('next'), event.url.origin, ''),
  };
};

const nameField = z
  .string()
  .trim()
  .min(1, { error: () => m.error_value_required() })
  .max(60, { error: () => m.error_value_too_long() });

export const actions: Actions = {
  /** Makes a device known to Auth and shows what its app needs. */
  begin: async (event) => {
    await requireSignedIn(event);
    const typed = (await readForm(event.request)).get('name')?.toString() ?? '';
    const name = nameField.safeParse(typed);
    if (!name.success) return fail(400, { nameProblem: name.error.issues[0]?.message, name: typed });
    const { mfa } = event.locals.supabase.auth;
    // What was begun before and never confirmed would hold its name, and counts for nothing.
    const { data: present } = await mfa.listFactors();
    for (const { id, status } of present?.all ?? [])
      if (status === 'unverified') await mfa.unenroll({ factorId: id });
    const { data, error } = await mfa.enroll({
      factorType: 'totp',
      friendlyName: name.data,
      issuer: m.app_name(),
    });
    if (!error) return { enrolment: enrolmentOf({ id: data.id, uri: data.totp.uri }) };
    const problem = toAppError(error);
    const words = errorWords(problem);
    return fail(
      formStatus(problem),
      problem.field === 'name' ? { nameProblem: words, name: typed } : { problem: words },
    );
  },

  /** The first code: from now on the device counts. */
  confirm: async (event) => {
    const person = await requireSignedIn(event);
    const form = await readForm(event.request);
    const enrolment = enrolmentOf({ id: form.get('device'), uri: form.get('uri') });
    if (!enrolment) return fail(400, { problem: m.error_invalid_value() });
    const code = codeField.safeParse(form.get('code'));
    if (!code.success) return fail(400, { enrolment, codeProblem: code.error.issues[0]?.message });

    // The first device ends the sessions that lack it.
    const problem = await announceEnded(event.locals.supabase, () =>
      giveCode(event, person, { device: enrolment.id, code: code.data }),
    );
    if (problem) {
      const words = codeWords(problem);
      // One that Auth no longer knows has to be begun anew.
      const isGone = toAppError(problem).code === 'factor_not_found';
      return fail(formStatus(problem), isGone ? { problem: words } : { enrolment, codeProblem: words });
    }
    return done(event, 'second_factor_on', safeRedirect(form.get('next')?.toString(), event.url.origin, ''));
  },

  remove: async (event) => {
    await requireSignedIn(event);
    const id = z.uuid().safeParse((await readForm(event.request)).get('id'));
    if (!id.success) return fail(400, { problem: m.error_invalid_value() });
    const { auth } = event.locals.supabase;
    const { error } = await auth.mfa.unenroll({ factorId: id.data });
    // One that is gone already is as good as removed.
    if (error && error.code !== 'mfa_factor_not_found') {
      return fail(formStatus(error), { problem: errorWords(error) });
    }
    // The token says what the session is from now on.
    await auth.refreshSession();
    return done(event, 'second_factor_off', '');
  },
};

/** A page of its own: what is open in this browser loads anew, with the new token. */
function done(
  { cookies, url }: RequestEvent,
  notice: 'second_factor_on' | 'second_factor_off',
  next: string,
): never {
  leaveNotice(cookies, url, notice);
  redirect(303, next || paths.accountSecondFactor());
}
