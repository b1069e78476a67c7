import * as z from 'zod/mini';
import { STAGES } from '$lib/domain/stages';
import { matchesText } from '$lib/domain/text';
import type { Tables } from '$lib/supabase/database.types';

export type Customer = Tables<'customers'>;

/** What the board is narrowed down to; empty lists and text mean everything. */
export interface BoardFilters {
  owners: readonly string[];
  products: readonly string[];
  sources: readonly string[];
  tags: readonly string[];
  /** Parts of the map, each with all below it. */
  territories: readonly string[];
  text: string;
}

/** Filters with what they take to judge a customer by them. */
export interface AppliedFilters extends BoardFilters {
  /** The bricks in `territories`; missing while that is not known. */
  bricks?: ReadonlySet<string>;
}

export const NO_FILTERS: BoardFilters = {
  owners: [],
  products: [],
  sources: [],
  tags: [],
  territories: [],
  text: '',
};

/** The columns that the interface relies on; an event with anything else under these names is not used. */
const rowSchema = z.looseObject({
  id: z.uuid(),
  org_id: z.uuid(),
  version: z.number(),
  name: z.string(),
  status: z.enum(STAGES),
  board_rank: z.string(),
  currency: z.string(),
  expected_value: z.nullable(z.number()),
  owner_id: z.nullable(z.uuid()),
  product_id: z.nullable(z.uuid()),
  acquisition_source: z.nullable(z.string()),
  tags: z.array(z.string()),
  territory_id: z.nullable(z.uuid()),
  is_archived: z.boolean(),
});

function isCustomer(record: unknown): record is Customer {
  return rowSchema.safeParse(record).success;
}

/** The record of a change event as a customer; null when it is not one. */
export function parseCustomer(record: unknown): Customer | null {
  return isCustomer(record) ? record : null;
}

export function isFiltered(filters: BoardFilters): boolean {
  const { owners, products, sources, tags, territories, text } = filters;
  return [owners, products, sources, tags, territories].some((list) => list.length > 0) || text !== '';
}

/**
 * Whether a customer belongs on the board under these filters: the same rule as `board_cards`, for rows that arrive
 * live. Archived and deleted customers never do.
 */
export function matchesFilters(customer: Customer, filters: AppliedFilters): boolean {
  if (customer.is_archived || customer.deleted_at) return false;
  return (
    includes(filters.owners, customer.owner_id) &&
    includes(filters.products, customer.product_id) &&
    includes(filters.sources, customer.acquisition_source) &&
    liesWithin(filters, customer.territory_id) &&
    (filters.tags.length === 0 || filters.tags.some((tag) => customer.tags.includes(tag))) &&
    (filters.text === '' || matchesText(filters.text, [customer.name, customer.email, customer.phone]))
  );
}

function liesWithin({ territories, bricks }: AppliedFilters, brick: string | null): boolean {
  if (territories.length === 0) return true;
  return brick !== null && (bricks ? bricks.has(brick) : territories.includes(brick));
}

function includes(wanted: readonly string[], value: string | null): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value));
}

/** A customer as it will be, to show before the database has answered. */
export function newCustomer(
  fields: Pick<Customer, 'id' | 'org_id' | 'name' | 'status' | 'currency' | 'owner_id'>,
  boardRank: string,
): Customer {
  const now = new Date().toISOString();
  return {
    email: null,
    phone: null,
    client_type_id: null,
    specialty_id: null,
    territory_id: null,
    grade: null,
    product_id: null,
    closed_lost_reason: null,
    expected_value: null,
    acquisition_source: null,
    is_archived: false,
    archived_at: null,
    phase: null,
    contract_start_date: null,
    contract_end_date: null,
    avatar_color: null,
    address: null,
    latitude: null,
    longitude: null,
    tags: [],
    custom_fields: {},
    created_at: now,
    updated_at: now,
    created_by: fields.owner_id,
    updated_by: fields.owner_id,
    version: 0,
    deleted_at: null,
    deleted_by: null,
    ...fields,
    board_rank: boardRank,
  };
}

const newSchema = z.object({
  id: z.string(),
  org_id: z.string(),
  name: z.string(),
  status: z.enum(STAGES),
  currency: z.string(),
  owner_id: z.nullable(z.string()),
});

/** The row of an edit that adds a customer, as it will be; null when it is not one. */
export function toNewCustomer(row: unknown, boardRank: string): Customer | null {
  const { data } = newSchema.safeParse(row);
  return data ? newCustomer(data, boardRank) : null;
}
