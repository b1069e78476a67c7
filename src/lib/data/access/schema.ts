import * as z from 'zod/mini';

const roleSchema = z.object({
  key: z.string(),
  name: z.string(),
  is_system: z.boolean(),
  scope: z.enum(['all', 'territory', 'own']),
  granted_by: z.nullish(z.uuid()),
  granted_at: z.nullish(z.string()),
});

const assignmentSchema = z.object({
  id: z.uuid(),
  territory: z.object({ id: z.uuid(), level: z.string(), name: z.string(), name_ar: z.nullish(z.string()) }),
  starts_on: z.string(),
  ends_on: z.nullish(z.string()),
  granted_by: z.nullish(z.uuid()),
  granted_at: z.string(),
});

const reasonSchema = z.object({
  rule: z.enum(['all', 'own', 'report', 'territory', 'parent', 'member', 'policy']),
  roles: z.nullish(z.array(roleSchema)),
  /** From the person looking down to the owner. */
  chain: z.nullish(z.array(z.uuid())),
  assignments: z.nullish(z.array(assignmentSchema)),
});

const explanationSchema = z.object({ visible: z.boolean(), reasons: z.optional(z.array(reasonSchema)) });

export type AccessReason = z.infer<typeof reasonSchema>;

/** What `explain_access` answers; no reasons for a record that is not visible. */
export function parseReasons(answer: unknown): AccessReason[] {
  const parsed = explanationSchema.safeParse(answer);
  return parsed.success && parsed.data.visible ? (parsed.data.reasons ?? []) : [];
}
