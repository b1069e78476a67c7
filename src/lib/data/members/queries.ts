import { queryOptions } from '@tanstack/svelte-query';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { memberKeys } from './keys';
import type { HeldRole, Invitation, Member, Role } from './schema';

type Client = DataContext['client'];

/** The API gives no more rows at once. */
const PAGE = 1000;

/** Fetches page after page, each after the last row of the one before. */
async function allPages<Row>(
  page: (after: string) => Promise<Row[]>,
  key: (row: Row) => string,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const next = await page(after);
    rows.push(...next);
    const last = next.at(-1);
    if (next.length < PAGE || last === undefined) return rows;
    after = key(last);
  }
}

function fetchMemberships(client: Client, orgId: string) {
  return allPages(
    async (after) =>
      unwrap(
        await client
          .from('memberships')
          .select(
            'id, user_id, is_active, title, team, manager_id, created_at, profiles!inner(first_name, last_name, email, avatar_color)',
          )
          .eq('org_id', orgId)
          .gt('user_id', after)
          .order('user_id')
          .limit(PAGE),
      ),
    ({ user_id }) => user_id,
  );
}

function fetchHeldRoles(client: Client, orgId: string) {
  return allPages(
    async (after) =>
      unwrap(
        await client
          .from('member_roles')
          .select('id, user_id, role_id, assigned_by, created_at')
          .eq('org_id', orgId)
          .gt('id', after)
          .order('id')
          .limit(PAGE),
      ),
    ({ id }) => id,
  );
}

/** Everyone of an organisation, by name. */
export async function fetchMembers(client: Client, orgId: string): Promise<Member[]> {
  const [people, held] = await Promise.all([fetchMemberships(client, orgId), fetchHeldRoles(client, orgId)]);
  const rolesOf = Map.groupBy(held, ({ user_id }) => user_id);
  return people
    .map(({ profiles, ...membership }) => ({
      ...membership,
      ...profiles,
      roles: (rolesOf.get(membership.user_id) ?? []).map(
        ({ id, role_id, assigned_by, created_at }): HeldRole => ({ id, role_id, assigned_by, created_at }),
      ),
    }))
    .sort((a, b) => sortName(a).localeCompare(sortName(b)) || (a.user_id < b.user_id ? -1 : 1));
}

function sortName({ first_name, last_name, email }: Member): string {
  return `${first_name} ${last_name}`.trim() || (email ?? '');
}

export async function fetchRoles(client: Client, orgId: string): Promise<Role[]> {
  const request = client.from('roles').select('id, key, name, description, is_system').eq('org_id', orgId);
  return unwrap(await request.order('is_system', { ascending: false }).order('created_at').order('key'));
}

/** Invitations that wait for an answer, the newest first; nothing for whom may not invite. */
export async function fetchInvitations(client: Client, orgId: string): Promise<Invitation[]> {
  const request = client
    .from('invitations')
    .select('id, email, role_id, title, team, invited_by, expires_at, sent_at, created_at')
    .eq('org_id', orgId)
    .is('accepted_at', null)
    .is('revoked_at', null);
  return unwrap(await request.order('created_at', { ascending: false }).limit(200));
}

/** How many customers somebody looks after, as far as one may see them. */
async function countOwned({ client, orgId }: DataContext, userId: string): Promise<number> {
  const { count, error, status } = await client
    .from('customers')
    .select('id', { count: 'exact', head: true })
    .eq('org_id', orgId)
    .eq('owner_id', userId);
  unwrap({ data: count, error, status });
  return count ?? 0;
}

export const memberQueries = {
  list: ({ client, orgId }: DataContext) =>
    queryOptions({ queryKey: memberKeys.list(orgId), queryFn: () => fetchMembers(client, orgId) }),
  roles: ({ client, orgId }: DataContext) =>
    queryOptions({ queryKey: memberKeys.roles(orgId), queryFn: () => fetchRoles(client, orgId) }),
  invitations: ({ client, orgId }: DataContext) =>
    queryOptions({ queryKey: memberKeys.invitations(orgId), queryFn: () => fetchInvitations(client, orgId) }),
  owned: (data: DataContext, userId: string) =>
    queryOptions({ queryKey: memberKeys.owned(data.orgId, userId), queryFn: () => countOwned(data, userId) }),
};
