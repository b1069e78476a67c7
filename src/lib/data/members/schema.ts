import type { Tables } from '$lib/supabase/database.types';

export type Role = Pick<Tables<'roles'>, 'id' | 'key' | 'name' | 'description' | 'is_system'>;

/** A role that a member has, who gave it and when. */
export type HeldRole = Pick<Tables<'member_roles'>, 'id' | 'role_id' | 'assigned_by' | 'created_at'>;

/** A member with all that the list of people shows. */
export interface Member extends Pick<
  Tables<'memberships'>,
  'id' | 'user_id' | 'is_active' | 'title' | 'team' | 'manager_id' | 'created_at'
> {
  first_name: string;
  last_name: string;
  email: string | null;
  avatar_color: string;
  roles: HeldRole[];
}

export type Invitation = Pick<
  Tables<'invitations'>,
  'id' | 'email' | 'role_id' | 'title' | 'team' | 'invited_by' | 'expires_at' | 'sent_at' | 'created_at'
>;
