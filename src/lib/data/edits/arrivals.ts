import type { DataContext } from '../context';
import { applyCustomerChange, findCached } from '../customers/apply';
import { customerKeys } from '../customers/keys';
import { parseCustomer } from '../customers/schema';
import { memberKeys } from '../members/keys';
import { applyProduct } from '../products/apply';
import { productKeys } from '../products/keys';
import { settingKeys } from '../settings/keys';
import { territoryKeys } from '../territories/keys';

/** Brings a record as the database has just given it to everything that shows it. */
export function bringIn(data: DataContext, table: string, record: unknown): void {
  if (table === 'customers') {
    const row = parseCustomer(record);
    if (row) applyCustomerChange(data, { kind: 'upsert', id: row.id, version: row.version, row });
  } else if (table !== 'products' || !applyProduct(data, record)) {
    refetch(data, table);
  }
}

/** Takes a record that went to the trash off the screen. */
export function bringOut(data: DataContext, table: string, id: string): void {
  if (table !== 'customers') return refetch(data, table);
  const known = findCached(data.queryClient, data.orgId, id);
  if (known) applyCustomerChange(data, { kind: 'gone', id, version: known.version + 1 });
}

function refetch({ queryClient, orgId }: DataContext, table: string): void {
  const queryKey = keyOf(table, orgId);
  if (queryKey) void queryClient.invalidateQueries({ queryKey });
}

function keyOf(table: string, orgId: string): readonly string[] | null {
  switch (table) {
    case 'customers':
      return customerKeys.all(orgId);
    case 'products':
      return productKeys.all(orgId);
    case 'memberships':
      return memberKeys.all(orgId);
    case 'settings':
      return settingKeys.all(orgId);
    case 'territories':
      return territoryKeys.all(orgId);
    default:
      return null;
  }
}
