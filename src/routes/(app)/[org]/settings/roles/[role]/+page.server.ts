import { error, fail, redirect } from '@sveltejs/kit';
import { fetchNewRole, fetchRole } from '$lib/data/roles/queries';
import type { RoleDraft, RoleOutcome } from '$lib/data/roles/schema';
import { errorWords } from '$lib/error-words';
import { isId } from '$lib/domain/text';
import { permissionNames } from '$lib/features/roles/permission-words';
import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';
import { paths } from '$lib/paths';
import { formStatus } from '$lib/server/form-status';
import { requirePermission, requireSignedIn } from '$lib/server/guards';
import { organizationOf } from '$lib/server/organization-of';
import { readForm } from '$lib/server/read-form';
import { readRoleForm } from '$lib/server/role-form';
import { toAppError, unwrap, type AppError } from '$lib/supabase/errors';
import { z } from 'zod';
import type { Actions, PageServerLoad } from './$types';

const notFound = () => error(404, { message: 'role_not_found', code: 'role_not_found' });

export const load: PageServerLoad = async ({ parent, locals, params, url }) => {
  const { access, organization } = await parent();
  if (params.role === 'new') {
    requirePermission(access, 'roles:update');
    const from = url.searchParams.get('from') ?? '';
    return { detail: await fetchNewRole(locals.supabase, organization.id, isId(from) ? from : null) };
  }
  requirePermission(access, 'members:read');
  if (!isId(params.role)) notFound();
  try {
    return { detail: await fetchRole(locals.supabase, organization.id, params.role) };
  } catch (cause) {
    if (toAppError(cause).code === 'role_not_found') notFound();
    throw cause;
  }
};

const named = z.object({ permissions: z.array(z.string()) });

/** Says what was refused; of permissions, which ones. */
function refusal(problem: AppError, sent?: RoleDraft): RoleOutcome {
  const lacking = named.safeParse(problem.detail);
  const text =
    problem.code === 'role_exceeds_yours' && lacking.success
      ? m.role_lacking({ permissions: permissionNames(lacking.data.permissions, getLocale()) })
      : problem.code === 'already_taken'
        ? m.role_name_taken()
        : errorWords(problem);
  const field = (['name', 'description', 'reassign_to'] as const).find((one) => one === problem.field);
  return { ok: false, text, field, sent };
}

export const actions: Actions = {
  save: async (event) => {
    await requireSignedIn(event);
    const draft = readRoleForm(await readForm(event.request));
    const { role } = event.params;
    const saved = await event.locals.supabase.rpc('save_role', {
      org_id: await organizationOf(event),
      ...(role === 'new' ? {} : { role_id: role }),
      name: draft.name,
      description: draft.description,
      permissions: draft.allows,
      ...(draft.version === null ? {} : { seen_version: draft.version }),
    });
    if (saved.error) {
      const problem = toAppError(saved.error, saved.status);
      return fail(formStatus(problem), { saving: refusal(problem, draft) });
    }
    if (role === 'new') redirect(303, paths.settingsRole(event.params.org, unwrap(saved).id));
    const saving: RoleOutcome = { ok: true, text: m.saved() };
    return { saving };
  },
  delete: async (event) => {
    await requireSignedIn(event);
    const form = await readForm(event.request);
    const reassign = form.get('reassign_to');
    const deleted = await event.locals.supabase.rpc('delete_role', {
      org_id: await organizationOf(event),
      role_id: event.params.role,
      seen_version: Number(form.get('version')) || 0,
      ...(typeof reassign === 'string' && isId(reassign) ? { reassign_to: reassign } : {}),
    });
    if (deleted.error) {
      const problem = toAppError(deleted.error, deleted.status);
      return fail(formStatus(problem), { deleting: refusal(problem) });
    }
    redirect(303, paths.settingsRoles(event.params.org));
  },
};
