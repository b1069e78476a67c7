import type { PermissionScope } from '$lib/domain/permissions';
import type { PermissionEntry } from '$lib/domain/role-matrix';
import { AppError, unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import type { Holder, ListedRole, RoleDetail, RoleRow } from './schema';

type Client = DataContext['client'];

const columns = 'id, key, name, description, is_system, version, updated_by, updated_at';
const LISTED_HOLDERS = 200;

/** The system's roles first, as they come; then the organisation's own. */
export async function fetchRoleRows(client: Client, orgId: string): Promise<RoleRow[]> {
  return unwrap(
    await client
      .from('roles')
      .select(columns)
      .eq('org_id', orgId)
      .order('is_system', { ascending: false })
      .order('created_at')
      .order('key'),
  );
}

/** All roles with how many people hold each. */
export async function fetchListedRoles(client: Client, orgId: string): Promise<ListedRole[]> {
  const [roles, counts] = await Promise.all([
    fetchRoleRows(client, orgId),
    client.rpc('role_counts', { org_id: orgId }),
  ]);
  const holders = new Map(unwrap(counts).map((count) => [count.role_id, count.holders]));
  return roles.map((role) => ({ ...role, holders: holders.get(role.id) ?? 0 }));
}

async function fetchAllows(client: Client, orgId: string, roleId: string) {
  const rows = unwrap(
    await client
      .from('role_permissions')
      .select('permission, scope')
      .eq('org_id', orgId)
      .eq('role_id', roleId),
  );
  return Object.fromEntries(
    rows.map(({ permission, scope }): [string, PermissionScope] => [permission, scope]),
  );
}

async function fetchHolders(client: Client, orgId: string, roleId: string): Promise<Holder[]> {
  return unwrap(
    await client
      .from('member_roles')
      .select('user_id, assigned_by, created_at, memberships!inner(is_active)')
      .eq('org_id', orgId)
      .eq('role_id', roleId)
      .eq('memberships.is_active', true)
      .order('created_at')
      .order('user_id')
      .limit(LISTED_HOLDERS + 1),
  ).map(({ user_id, assigned_by, created_at }) => ({ user_id, assigned_by, created_at }));
}

async function fetchPermissions(client: Client): Promise<PermissionEntry[]> {
  return unwrap(await client.from('permissions').select('key, resource, action, is_scoped').order('key'));
}

/**
 * What the page of one role shows.
 *
 * @throws AppError `role_not_found`
 */
export async function fetchRole(client: Client, orgId: string, roleId: string): Promise<RoleDetail> {
  const [roles, allows, permissions, holders] = await Promise.all([
    fetchRoleRows(client, orgId),
    fetchAllows(client, orgId, roleId),
    fetchPermissions(client),
    fetchHolders(client, orgId, roleId),
  ]);
  const role = roles.find(({ id }) => id === roleId);
  if (!role) throw new AppError({ kind: 'not_found', code: 'role_not_found' });
  return {
    role,
    from: null,
    allows,
    permissions,
    holders: holders.slice(0, LISTED_HOLDERS),
    hasMoreHolders: holders.length > LISTED_HOLDERS,
    others: roles.filter(({ id }) => id !== roleId),
  };
}

/** What the page of a new role starts with: nothing, or what another role allows. */
export async function fetchNewRole(
  client: Client,
  orgId: string,
  fromId: string | null,
): Promise<RoleDetail> {
  const [roles, permissions] = await Promise.all([fetchRoleRows(client, orgId), fetchPermissions(client)]);
  const from = roles.find(({ id }) => id === fromId);
  return {
    role: null,
    from: from ?? null,
    allows: from ? await fetchAllows(client, orgId, from.id) : {},
    permissions,
    holders: [],
    hasMoreHolders: false,
    others: roles,
  };
}
