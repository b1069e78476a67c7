import * as z from 'zod/mini';
import { paths } from '$lib/paths';
import { AppError } from '$lib/supabase/errors';

const issuedSchema = z.object({
  /** The page of the invitation, with a token that is told this once. */
  link: z.string(),
  mail: z.enum(['sent', 'failed', 'unavailable']),
  email: z.string(),
});
export type IssuedInvitation = z.infer<typeof issuedSchema>;

const refusalSchema = z.object({
  error: z.object({
    kind: z.enum(['auth', 'forbidden', 'not_found', 'conflict', 'invalid', 'rate', 'network', 'bug']),
    code: z.string(),
    field: z.optional(z.string()),
  }),
});

type Asked = { email: string; role_id: string; title?: string; team?: string } | { invitation_id: string };

/**
 * Invites somebody or renews an invitation, by way of the app's server, which has the mail sent.
 *
 * @throws AppError as `invite_member` and `resend_invitation` refuse
 */
export async function issueInvitation(slug: string, asked: Asked): Promise<IssuedInvitation> {
  const response = await fetch(paths.settingsInvitations(slug), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return issuedSchema.parse(answer);
  const refusal = refusalSchema.safeParse(answer);
  throw new AppError(refusal.success ? refusal.data.error : { kind: 'bug', code: 'unexpected' });
}
