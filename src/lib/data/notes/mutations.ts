import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { toBase64 } from './base64';
import { parseTaken } from './schema';

/** A change of a note that has not been stored yet. */
export interface PendingUpdate {
  /** Kept when it is sent again, so that a lost answer does not store it twice. */
  id: string;
  update: Uint8Array;
}

/**
 * Adds a change to the note of a customer.
 *
 * @returns its number
 * @throws AppError `customers_update_denied`, `customer_not_found`, `note_update_too_large`, `note_full`, `note_busy`
 */
export async function appendUpdate(
  { client }: Pick<DataContext, 'client'>,
  customerId: string,
  { id, update }: PendingUpdate,
): Promise<number> {
  const given = { customer_id: customerId, update: toBase64(update), update_id: id };
  return parseTaken(unwrap(await client.rpc('append_note_update', given)));
}
