import type { PermissionScope } from '$lib/domain/permissions';
import type { PermissionEntry } from '$lib/domain/role-matrix';
import { m } from '$lib/paraglide/messages';

const resources: Readonly<Record<string, () => string>> = {
  api_keys: m.resource_api_keys,
  audit: m.resource_audit,
  customers: m.resource_customers,
  interactions: m.resource_interactions,
  labels: m.resource_labels,
  members: m.resource_members,
  organizations: m.resource_organizations,
  products: m.module_products,
  roles: m.settings_roles,
  settings: m.settings,
  territories: m.resource_territories,
  trash: m.settings_trash,
};

const actions: Readonly<Record<string, () => string>> = {
  assign: m.action_assign,
  create: m.action_create,
  delete: m.action_delete,
  invite: m.action_invite,
  read: m.action_read,
  restore: m.action_restore,
  update: m.action_update,
};

const scopes: Readonly<Record<PermissionScope, () => string>> = {
  all: m.scope_all,
  territory: m.scope_territory,
  own: m.scope_own,
};

/** A key as words, where nobody has named it yet. */
const plain = (key: string) => key.replaceAll('_', ' ');

export const resourceName = (resource: string): string => resources[resource]?.() ?? plain(resource);
export const actionName = (action: string): string => actions[action]?.() ?? plain(action);
export const scopeName = (scope: PermissionScope): string => scopes[scope]();

/** "Customers: change" */
export const permissionName = ({ resource, action }: Pick<PermissionEntry, 'resource' | 'action'>): string =>
  m.permission_name({ resource: resourceName(resource), action: actionName(action) });

/** The permissions an error names, as a list of words. */
export function permissionNames(keys: readonly string[], locale: string): string {
  const names = keys.map((key) => {
    const [resource = '', action = ''] = key.split(':');
    return permissionName({ resource, action });
  });
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
}
