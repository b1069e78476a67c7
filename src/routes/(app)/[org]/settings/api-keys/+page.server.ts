import { fail } from '@sveltejs/kit';
import { message, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { z } from 'zod';
import type { FormOutcome } from '$lib/components/shared/form/form-outcome';
import { API_SCOPES } from '$lib/domain/api-scopes';
import { can } from '$lib/domain/permissions';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { adminClient } from '$lib/server/admin-client';
import { apiKeyForm } from '$lib/server/api-key-form';
import { formStatus } from '$lib/server/form-status';
import { requirePermission, requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { unwrap } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent, locals }) => {
  const { access, organization } = await parent();
  requirePermission(access, 'api_keys:read');
  return {
    keys: unwrap(await locals.supabase.rpc('list_api_keys', { org_id: organization.id })),
    /** What a key made by this person can be given. */
    offered: API_SCOPES.filter((scope) => can(access, scope)),
    isAvailable: adminClient() !== null,
    form: await superValidate<z.infer<typeof apiKeyForm>, FormOutcome>(
      { name: '', scopes: [], days: '90' },
      zod4(apiKeyForm),
      { errors: false },
    ),
  };
};

const made = z.object({ id: z.uuid(), name: z.string(), prefix: z.string(), key: z.string() });

export const actions: Actions = {
  create: async (event) => {
    await requireSignedIn(event);
    const { supabase } = event.locals;
    const form = await superValidate<z.infer<typeof apiKeyForm>, FormOutcome>(
      await readForm(event.request),
      zod4(apiKeyForm),
    );
    if (!form.valid) return fail(400, { form });

    const organization = await supabase
      .from('organizations')
      .select('id')
      .eq('slug', event.params.org)
      .maybeSingle();
    const { name, scopes, days } = form.data;
    const { data, error, status } = await supabase.rpc('create_api_key', {
      org_id: organization.data?.id ?? '00000000-0000-0000-0000-000000000000',
      name,
      scopes,
      expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
    });
    if (error)
      return message(form, { ok: false, text: errorWords(error) }, { status: formStatus(error, status) });
    // Only in this answer; no cache keeps it.
    event.setHeaders({ 'cache-control': 'no-store' });
    form.data = { name: '', scopes: [], days: '90' };
    return { form, made: made.parse(data) };
  },

  revoke: async (event) => {
    await requireSignedIn(event);
    const id = z.uuid().safeParse((await readForm(event.request)).get('id'));
    if (!id.success) return fail(400, { problem: m.error_invalid_value() });
    const { error, status } = await event.locals.supabase.rpc('revoke_api_key', { key_id: id.data });
    if (error) return fail(formStatus(error, status), { problem: errorWords(error) });
    return { revoked: id.data };
  },
};
