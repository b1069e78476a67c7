import { z } from 'zod';
import type { Access } from '$lib/domain/permissions';

const schema = z.object({
  roles: z.array(z.string()),
  permissions: z.array(z.object({ key: z.string(), scope: z.enum(['all', 'territory', 'own']) })),
  topics: z.array(z.string()).default([]),
  viewing_as: z.string().nullable().default(null),
});

/** Checks what `my_access` answered. */
export function toAccess(answer: unknown): Access {
  const { viewing_as: viewingAs, ...access } = schema.parse(answer);
  return { ...access, viewingAs };
}
