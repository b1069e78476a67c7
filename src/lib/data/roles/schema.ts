import type { Allows, PermissionEntry } from '$lib/domain/role-matrix';
import type { Tables } from '$lib/supabase/database.types';

export type RoleRow = Pick<
  Tables<'roles'>,
  'id' | 'key' | 'name' | 'description' | 'is_system' | 'version' | 'updated_by' | 'updated_at'
>;

/** A role of the list, with how many active members hold it. */
export type ListedRole = RoleRow & { holders: number };

/** Who holds a role, who gave it and when. */
export type Holder = Pick<Tables<'member_roles'>, 'user_id' | 'assigned_by' | 'created_at'>;

/** Everything the page of one role shows; `role` is null for one that is being made. */
export interface RoleDetail {
  role: RoleRow | null;
  /** What a new role starts with. */
  from: { name: string; description: string | null } | null;
  allows: Allows;
  permissions: PermissionEntry[];
  holders: Holder[];
  /** More people hold it than are listed. */
  hasMoreHolders: boolean;
  /** Roles its holders could get instead. */
  others: RoleRow[];
}

/** What came of saving or deleting a role, as its page shows it. */
export interface RoleOutcome {
  ok: boolean;
  text: string;
  /** The field it is about. */
  field?: 'name' | 'description' | 'reassign_to' | undefined;
  /** What was sent, so that it is still there when it was refused. */
  sent?: RoleDraft | undefined;
}

/** A role as somebody is editing it. */
export interface RoleDraft {
  name: string;
  description: string;
  allows: Allows;
  /** The version that was looked at; null for a new role. */
  version: number | null;
}
