export type PermissionScope = 'all' | 'territory' | 'own';

/** What `my_access` answers for one organisation. */
export interface Access {
  roles: readonly string[];
  permissions: readonly { key: string; scope: PermissionScope }[];
  /** Channels on which everything this person may see is announced, those of single records aside. */
  topics?: readonly string[];
}

/** Whose row it is, and who may act for whom. */
export interface Ownership {
  ownerId: string | null;
  /** The person looking. */
  userId: string;
  /** Everyone below that person in the reporting line. */
  reportIds?: ReadonlySet<string>;
}

const NARROW_TO_WIDE: readonly PermissionScope[] = ['own', 'territory', 'all'];

/** The widest scope in which a permission is held; null when it is not held at all. */
export function scopeOf(access: Access, permission: string): PermissionScope | null {
  let widest: PermissionScope | null = null;
  for (const { key, scope } of access.permissions) {
    if (key !== permission) continue;
    if (widest === null || NARROW_TO_WIDE.indexOf(scope) > NARROW_TO_WIDE.indexOf(widest)) widest = scope;
  }
  return widest;
}

/**
 * Whether the interface should offer an action. The database decides again; this only spares people a refusal.
 * Without `ownership` it answers for at least some row. `territory` counts as `own` until territories exist.
 */
export function can(access: Access, permission: string, ownership?: Ownership): boolean {
  const scope = scopeOf(access, permission);
  if (scope === null) return false;
  if (scope === 'all' || !ownership) return true;
  const { ownerId, userId, reportIds } = ownership;
  return ownerId !== null && (ownerId === userId || (reportIds?.has(ownerId) ?? false));
}
