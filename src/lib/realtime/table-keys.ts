import { customerKeys } from '$lib/data/customers/keys';
import { refreshMapFilters } from '$lib/data/customers/map-filter';
import type { DataContext } from '$lib/data/context';
import { interactionKeys } from '$lib/data/interactions/keys';
import { labelKeys } from '$lib/data/labels/queries';
import { memberKeys } from '$lib/data/members/keys';
import { notificationKeys } from '$lib/data/notifications/keys';
import { productKeys } from '$lib/data/products/keys';
import { readHeard } from '$lib/data/second-look';
import { settingKeys } from '$lib/data/settings/keys';
import { territoryKeys } from '$lib/data/territories/keys';

type Keys = (orgId: string) => readonly string[];

/** What is cached of each table, by the first part of its keys. */
const KEYS: Readonly<Record<string, readonly Keys[]>> = {
  customers: [customerKeys.all],
  interactions: [interactionKeys.all],
  notifications: [notificationKeys.all],
  products: [productKeys.all],
  settings: [productKeys.all, settingKeys.all],
  memberships: [memberKeys.all],
  profiles: [memberKeys.all],
  roles: [memberKeys.all],
  member_roles: [memberKeys.all],
  invitations: [memberKeys.invitations],
  territories: [territoryKeys.all],
  territory_assignments: [territoryKeys.all],
  client_types: [labelKeys.all],
  specialties: [labelKeys.all],
};

/** Tables that say what lies where. */
const MAP_TABLES = new Set(['territories', 'territory_assignments']);

/** Tables that are read with the page itself: a change of one means loading the page's data again. */
const LAYOUT_TABLES = new Set([
  'organizations',
  'memberships',
  'profiles',
  'roles',
  'member_roles',
  'api_keys',
]);

export function concernsLayout(table: string): boolean {
  return LAYOUT_TABLES.has(table);
}

/** Refetches what is on screen of a table that was announced to have changed, and marks the rest of it as old. */
export function invalidateTable(data: DataContext, table: string): void {
  readHeard(data.queryClient, `${table} of ${data.orgId}`, () => void readTable(data, table));
}

async function readTable(data: DataContext, table: string): Promise<void> {
  const { queryClient, orgId } = data;
  const keys = (KEYS[table] ?? []).map((key) => key(orgId));
  await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  // Boards of a part of the map come last: they are judged by the bricks in it.
  if (MAP_TABLES.has(table)) await refreshMapFilters(data);
}

/** Whether a query holds something of an organisation: all of their keys name it in the second place. */
export const isOfOrganization =
  (orgId: string) =>
  ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
    queryKey[1] === orgId;
