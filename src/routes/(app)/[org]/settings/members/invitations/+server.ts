import { json, type RequestHandler } from '@sveltejs/kit';
import { z } from 'zod';
import { paths } from '$lib/paths';
import { mailInvitation } from '$lib/server/invitations/mail-invitation';
import { AppError, toAppError, unwrap } from '$lib/supabase/errors';

const text = z.string().max(1000).optional();
const input = z.union([
  z.strictObject({ invitation_id: z.uuid() }),
  z.strictObject({ email: z.string().max(1000), role_id: z.uuid(), title: text, team: text }),
]);

/**
 * Invites somebody, or makes a new link for a pending invitation, and lets Auth send the mail. Here and not in the browser,
 * because sending needs the secret key.
 */
export const POST: RequestHandler = async ({ locals, params, request, url }) => {
  try {
    const asked = input.safeParse(await request.json().catch(() => null));
    if (!asked.success) throw new AppError({ kind: 'invalid', code: 'invalid_value' });
    const issued = await issue(locals.supabase, params.org ?? '', asked.data);
    const link = url.origin + paths.invitation(issued.token);
    const mail = await mailInvitation({ id: issued.id, address: issued.address, link });
    return json({ link, mail, email: issued.address });
  } catch (cause) {
    const { code, field, kind } = toAppError(cause);
    if (kind === 'bug') throw cause;
    return json({ error: { code, field, kind } }, { status: statusOf[kind] ?? 500 });
  }
};

const statusOf: Partial<Record<AppError['kind'], number>> = {
  auth: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  invalid: 422,
  rate: 429,
  network: 503,
};

async function issue(supabase: App.Locals['supabase'], slug: string, asked: z.infer<typeof input>) {
  if ('invitation_id' in asked) {
    return unwrap(await supabase.rpc('resend_invitation', { invitation_id: asked.invitation_id }).single());
  }
  const organization = unwrap(
    await supabase.from('organizations').select('id').eq('slug', slug).is('deleted_at', null).maybeSingle(),
  );
  return unwrap(await supabase.rpc('invite_member', { org_id: organization.id, ...asked }).single());
}
