import type { Neighbours } from '$lib/domain/board-order';
import type { Stage } from '$lib/domain/stages';
import type { TablesInsert } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { applyCustomerChange } from './apply';
import type { Customer } from './schema';

export interface Move {
  customerId: string;
  to: Stage;
  neighbours: Neighbours;
  /** The column in which the person saw the card. */
  seen: Stage;
  lostReason?: string | undefined;
}

/**
 * Puts a card between the two neighbours the person saw.
 *
 * @throws AppError `customer_moved` (somebody else moved it to another column), `customer_not_found`,
 *   `customers_update_denied`, `lost_reason_required`
 */
export async function moveCustomer(data: DataContext, move: Move): Promise<Customer> {
  const { afterId, beforeId } = move.neighbours;
  const answer = await data.client.rpc('move_customer', {
    customer_id: move.customerId,
    to_status: move.to,
    seen_status: move.seen,
    ...(afterId ? { after_id: afterId } : {}),
    ...(beforeId ? { before_id: beforeId } : {}),
    ...(move.lostReason ? { lost_reason: move.lostReason } : {}),
  });
  return remember(data, unwrap(answer));
}

/**
 * Adds a customer. The id comes from here and is kept over retries, so that the card on screen and the one announced are
 * the same, and an answer lost on the way does not add it twice.
 */
export async function createCustomer(
  data: DataContext,
  customer: TablesInsert<'customers'> & { id: string },
): Promise<Customer> {
  const answer = await data.client.from('customers').insert(customer).select().single();
  const isRepeat = answer.error?.code === '23505' && /pkey/.test(answer.error.message);
  if (!isRepeat) return remember(data, unwrap(answer));
  return remember(data, unwrap(await data.client.from('customers').select().eq('id', customer.id).single()));
}

function remember(data: DataContext, customer: Customer): Customer {
  applyCustomerChange(data, { kind: 'upsert', id: customer.id, version: customer.version, row: customer });
  return customer;
}
