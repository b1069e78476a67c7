import type { FieldValue, Patch } from '$lib/domain/patch';
import type { Neighbours } from '$lib/domain/board-order';
import type { Stage } from '$lib/domain/stages';
import type { Json, TablesInsert } from '$lib/supabase/database.types';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { applyCustomerChange } from './apply';
import { parsePatchAnswer, type Customer, type FieldConflict } from './schema';

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
 * Changes fields of a customer, each only where it still is what the person saw.
 *
 * @returns the customer as it is now, and the fields that somebody else changed meanwhile
 * @throws AppError `invalid_value`, `unknown_field`, `customer_not_found`, `customers_update_denied`
 */
export async function patchCustomer(
  data: DataContext,
  customerId: string,
  patch: Patch,
): Promise<{ record: Customer; conflicts: FieldConflict[] }> {
  const answer = await data.client.rpc('patch_customer', {
    customer_id: customerId,
    changes: toJson(patch.changes),
    seen: toJson(patch.seen),
  });
  const result = parsePatchAnswer(unwrap(answer));
  remember(data, result.record);
  return result;
}

/**
 * Takes a customer off the board, or puts it back.
 *
 * @throws AppError `customer_not_found`, `customers_update_denied`
 */
export async function setArchived(data: DataContext, customerId: string, archived: boolean): Promise<void> {
  await patchCustomer(data, customerId, {
    changes: { is_archived: archived },
    seen: { is_archived: !archived },
  });
}

/** Adds a customer; the id comes from here, so that the card on screen and the one announced are the same. */
export async function createCustomer(
  data: DataContext,
  customer: TablesInsert<'customers'>,
): Promise<Customer> {
  return remember(data, unwrap(await data.client.from('customers').insert(customer).select().single()));
}

function remember(data: DataContext, customer: Customer): Customer {
  applyCustomerChange(data, { kind: 'upsert', id: customer.id, version: customer.version, row: customer });
  return customer;
}

function toJson(values: Record<string, FieldValue>): Json {
  const json: Json = JSON.parse(JSON.stringify(values));
  return json;
}
