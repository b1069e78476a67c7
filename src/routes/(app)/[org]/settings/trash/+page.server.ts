import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { fetchTrash } from '$lib/data/trash/queries';
import type { TrashFilter } from '$lib/data/trash/schema';
import { errorWords } from '$lib/error-words';
import { trashKinds } from '$lib/features/trash/trash-words';
import { m } from '$lib/paraglide/messages';
import { formStatus } from '$lib/server/form-status';
import { requirePermission, requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { toAppError, unwrap } from '$lib/supabase/errors';
import type { Actions, PageServerLoad } from './$types';

/** What of the address is a filter; anything else counts as none. */
function filterOf({ searchParams }: URL): TrashFilter {
  const [kind, by] = [searchParams.get('kind'), searchParams.get('by')];
  return {
    kind: kind !== null && trashKinds.includes(kind) ? kind : null,
    by: z.uuid().safeParse(by).success ? by : null,
  };
}

export const load: PageServerLoad = async ({ parent, locals, url, depends }) => {
  depends('tandem:trash');
  const { access, organization } = await parent();
  requirePermission(access, 'trash:read');
  const filter = filterOf(url);
  const [first, retention] = await Promise.all([
    fetchTrash(locals.supabase, organization.id, filter),
    locals.supabase
      .from('settings')
      .select('value')
      .eq('org_id', organization.id)
      .eq('key', 'trash.retention_days')
      .single(),
  ]);
  return { filter, first, days: Number(unwrap(retention).value) };
};

const record = z.object({ table_name: z.string(), record_id: z.uuid() });
const restored = z.object({ title: z.string() });

export const actions: Actions = {
  restore: async (event) => {
    await requireSignedIn(event);
    const asked = record.safeParse(Object.fromEntries(await readForm(event.request)));
    if (!asked.success) return fail(400, { outcome: { ok: false, text: m.error_not_in_trash() } });
    const { data, error, status } = await event.locals.supabase.rpc('restore_from_trash', asked.data);
    if (error) {
      const problem = toAppError(error, status);
      return fail(formStatus(problem), { outcome: { ok: false, text: errorWords(problem) } });
    }
    return { outcome: { ok: true, text: m.trash_restored({ title: restored.parse(data).title }) } };
  },
};
