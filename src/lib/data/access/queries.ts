import { queryOptions } from '@tanstack/svelte-query';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { parseReasons } from './schema';

/** Why the person looking can see a record. Asked anew each time: roles and assignments change. */
export function accessQuery({ client, orgId }: DataContext, table: string, id: string) {
  return queryOptions({
    queryKey: ['access', orgId, table, id] as const,
    gcTime: 0,
    queryFn: async () =>
      parseReasons(unwrap(await client.rpc('explain_access', { table_name: table, record_id: id }))),
  });
}
