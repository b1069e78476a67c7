import * as z from 'zod/mini';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { customerKeys } from '../customers/keys';

const sight = z.object({ visible: z.boolean() });

interface Record {
  table_name: string;
  record_id: string;
}

/** Whether this person sees a record, which nobody does while it is in the trash. */
export async function isInSight({ client }: DataContext, record: Record): Promise<boolean> {
  const { visible } = sight.parse(unwrap(await client.rpc('explain_access', record)));
  return visible;
}

/**
 * Moves a record with all that belongs to it to the trash; once more by the same person changes nothing.
 *
 * @throws AppError `<table>_delete_denied`, `record_not_found`
 */
export async function moveToTrash({ client }: DataContext, { table_name, record_id }: Record): Promise<void> {
  const { error, status } = await client.rpc('move_to_trash', { table_name, record_id });
  unwrap({ data: true, error, status });
}

/**
 * Takes a record out of the trash. Screens that show it hear of it as of any other change.
 *
 * @throws AppError `trash_restore_denied`, `not_in_trash`, `parent_in_trash`, `restore_taken`, `restore_parent_missing`
 */
export async function restoreFromTrash(data: DataContext, { table_name, record_id }: Record): Promise<void> {
  unwrap(await data.client.rpc('restore_from_trash', { table_name, record_id }));
  if (table_name === 'customers') {
    await data.queryClient.invalidateQueries({ queryKey: customerKeys.all(data.orgId) });
  }
}
