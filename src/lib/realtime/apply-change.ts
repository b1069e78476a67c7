import { applyCustomerChange } from '$lib/data/customers/apply';
import { customerKeys } from '$lib/data/customers/keys';
import { parseCustomer } from '$lib/data/customers/schema';
import type { DataContext } from '$lib/data/context';
import { applyInteraction } from '$lib/data/interactions/apply';
import { interactionKeys } from '$lib/data/interactions/keys';
import { parseInteraction } from '$lib/data/interactions/schema';
import { labelKeys } from '$lib/data/labels/queries';
import { memberKeys } from '$lib/data/members/keys';
import { applyNotification } from '$lib/data/notifications/apply';
import { notificationKeys } from '$lib/data/notifications/keys';
import { parseNotification } from '$lib/data/notifications/schema';
import { productKeys } from '$lib/data/products/keys';
import { applyTerritoryChange } from '$lib/data/territories/apply';
import { territoryKeys } from '$lib/data/territories/keys';
import type { ChangeEvent } from './events';

/** Tables that are read with the page itself: a change of one means loading the page's data again. */
const LAYOUT_TABLES = new Set(['organizations', 'memberships', 'profiles', 'roles', 'member_roles']);

export function concernsLayout(table: string): boolean {
  return LAYOUT_TABLES.has(table);
}

/**
 * Brings one announced change into the cache: in place where the row came with it, by refetching what is on screen where
 * it did not.
 *
 * @returns whether it was news
 */
export function applyChange(data: DataContext, change: ChangeEvent): boolean {
  switch (change.table) {
    case 'customers':
      return applyCustomer(data, change);
    case 'interactions': {
      const interaction = parseInteraction(change.record);
      if (interaction) applyInteraction(data, interaction);
      return interaction !== null;
    }
    case 'notifications': {
      const notification = parseNotification(change.record);
      if (notification) applyNotification(data, notification);
      return notification !== null;
    }
    case 'territories':
    case 'territory_assignments': {
      const version = change.op === 'delete' ? null : (change.version ?? null);
      void applyTerritoryChange(data, { id: change.id, version });
      return true;
    }
    default:
      invalidateTable(data, change.table);
      return true;
  }
}

function applyCustomer(data: DataContext, change: ChangeEvent): boolean {
  const { id, op } = change;
  const version = change.version ?? 0;
  if (op === 'gone' || op === 'delete') return applyCustomerChange(data, { kind: op, id, version });
  const row = parseCustomer(change.record);
  if (row) return applyCustomerChange(data, { kind: 'upsert', id, version: row.version, row });
  // Too large to be announced, or of a newer shape than this page knows: ask for it.
  invalidateTable(data, 'customers');
  return true;
}

/** Refetches what is on screen of a table, and marks the rest of it as old. */
export function invalidateTable({ queryClient, orgId }: DataContext, table: string): void {
  for (const queryKey of keysOf(table, orgId)) void queryClient.invalidateQueries({ queryKey });
}

function keysOf(table: string, orgId: string): readonly (readonly string[])[] {
  switch (table) {
    case 'customers':
      return [customerKeys.all(orgId)];
    case 'interactions':
      return [interactionKeys.all(orgId)];
    case 'notifications':
      return [notificationKeys.all(orgId)];
    case 'products':
    case 'settings':
      return [productKeys.all(orgId)];
    case 'memberships':
    case 'profiles':
    case 'roles':
    case 'member_roles':
      return [memberKeys.all(orgId)];
    case 'invitations':
      return [memberKeys.invitations(orgId)];
    case 'territories':
    case 'territory_assignments':
      return [territoryKeys.all(orgId)];
    case 'client_types':
    case 'specialties':
      return [labelKeys.all(orgId)];
    default:
      return [];
  }
}
