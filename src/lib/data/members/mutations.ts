import type { TablesUpdate } from '$lib/supabase/database.types';
import { AppError, toAppError, unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { memberKeys } from './keys';
import type { Member } from './schema';

type MemberChanges = Pick<TablesUpdate<'memberships'>, 'title' | 'team' | 'manager_id' | 'is_active'>;

/** @throws AppError `reporting_cycle`, `last_admin`, `member_exceeds_you`, `not_allowed` */
export async function updateMember(data: DataContext, id: string, changes: MemberChanges): Promise<void> {
  const answer = await data.client.from('memberships').update(changes).eq('id', id).select('id');
  requireRow(unwrap(answer));
  await refresh(data);
}

/** @throws AppError `last_admin`, `member_exceeds_you`, `not_allowed` */
export async function removeMember(data: DataContext, id: string): Promise<void> {
  const answer = await data.client.from('memberships').delete().eq('id', id).select('id');
  requireRow(unwrap(answer));
  await refresh(data);
}

/**
 * Gives and takes roles until the member has exactly the wanted ones. Given first: nobody is without a role in between.
 *
 * @throws AppError `role_exceeds_yours`, `last_admin`
 */
export async function setRoles(
  data: DataContext,
  member: Member,
  wanted: ReadonlySet<string>,
): Promise<void> {
  const { client, orgId } = data;
  const held = new Set(member.roles.map(({ role_id }) => role_id));
  const given = [...wanted].filter((role) => !held.has(role));
  const taken = member.roles.filter(({ role_id }) => !wanted.has(role_id)).map(({ id }) => id);
  try {
    if (given.length > 0) {
      const rows = given.map((role_id) => ({ org_id: orgId, user_id: member.user_id, role_id }));
      const { error, status } = await client.from('member_roles').insert(rows);
      if (error) throw toAppError(error, status);
    }
    if (taken.length > 0) unwrap(await client.from('member_roles').delete().in('id', taken).select('id'));
  } finally {
    await refresh(data);
  }
}

/**
 * Gives all customers of one member to another, in the portions that the database does at once. What fails in between
 * leaves the rest where it was; asking again goes on from there.
 *
 * @param onPortion told after each portion how many are still to go
 * @returns how many there were
 * @throws AppError `customers_assign_denied`, `owner_inactive`, `member_not_found`
 */
export async function handOver(
  data: DataContext,
  from: string,
  to: string,
  onPortion: (remaining: number) => void,
): Promise<number> {
  const { client, orgId, queryClient } = data;
  let total = 0;
  try {
    for (;;) {
      const answer = await client.rpc('hand_over', { org_id: orgId, from_user: from, to_user: to }).single();
      const { handed_over, remaining } = unwrap(answer);
      total += handed_over;
      onPortion(remaining);
      if (remaining === 0 || handed_over === 0) return total;
    }
  } finally {
    await queryClient.invalidateQueries({ queryKey: memberKeys.owned(orgId, from) });
  }
}

/** @throws AppError `last_admin` */
export async function leaveOrganization({ client, orgId }: DataContext): Promise<void> {
  const { error, status } = await client.rpc('leave_organization', { org_id: orgId });
  if (error) throw toAppError(error, status);
}

/** @throws AppError `invitation_used`, `invitation_not_found` */
export async function revokeInvitation(
  { client, orgId, queryClient }: DataContext,
  id: string,
): Promise<void> {
  const { error, status } = await client.rpc('revoke_invitation', { invitation_id: id });
  await queryClient.invalidateQueries({ queryKey: memberKeys.invitations(orgId) });
  if (error) throw toAppError(error, status);
}

function refresh({ orgId, queryClient }: DataContext): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: memberKeys.list(orgId) });
}

/** Row-level security touches no row where something may not be changed. */
function requireRow(rows: readonly unknown[]): void {
  if (rows.length === 0) throw new AppError({ kind: 'forbidden', code: 'not_allowed' });
}
