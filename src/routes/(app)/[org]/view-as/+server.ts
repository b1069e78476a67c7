import { redirect, type RequestHandler } from '@sveltejs/kit';
import { z } from 'zod';
import { paths } from '$lib/paths';
import { requireSignedIn } from '$lib/server/guards';
import { readForm } from '$lib/server/read-form';
import { startViewing, stopViewing } from '$lib/server/view-as';

/**
 * Looks at an organisation through another role, or through one's own again when none is named. Who is no admin there
 * sees no difference: the database decides whose wish counts.
 */
export const POST: RequestHandler = async (event) => {
  await requireSignedIn(event);
  const { org = '' } = event.params;
  const role = z.uuid().safeParse((await readForm(event.request)).get('role'));
  if (!role.success) {
    stopViewing(event);
    redirect(303, paths.settingsRoles(org));
  }
  startViewing(event, { org, roleId: role.data });
  redirect(303, paths.pipeline(org));
};
