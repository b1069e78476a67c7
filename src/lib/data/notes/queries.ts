import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { parseNote, type LoadedNote } from './schema';

/**
 * Reads the note of a customer, or what came after update number `after`.
 *
 * @throws AppError `customer_not_found`
 */
export async function loadNote(
  { client }: Pick<DataContext, 'client'>,
  customerId: string,
  after: number,
): Promise<LoadedNote> {
  return parseNote(unwrap(await client.rpc('load_note', { customer_id: customerId, after_seq: after })));
}
