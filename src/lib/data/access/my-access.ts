import * as z from 'zod/mini';
import type { Access } from '$lib/domain/permissions';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';

const schema = z.object({
  roles: z.array(z.string()),
  permissions: z.array(z.object({ key: z.string(), scope: z.enum(['all', 'territory', 'own']) })),
  topics: z._default(z.array(z.string()), []),
  viewing_as: z._default(z.nullable(z.string()), null),
});

/** Checks what `my_access` answered. */
export function toAccess(answer: unknown): Access {
  const { viewing_as: viewingAs, ...access } = schema.parse(answer);
  return { ...access, viewingAs };
}

/** What this person may see and do now. */
export async function fetchAccess({ client, orgId }: Pick<DataContext, 'client' | 'orgId'>): Promise<Access> {
  return toAccess(unwrap(await client.rpc('my_access', { org_id: orgId })));
}
