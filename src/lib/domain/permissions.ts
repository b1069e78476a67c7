export type PermissionScope = 'all' | 'territory' | 'own';

/** What `my_access` answers for one organisation. */
export interface Access {
  roles: readonly string[];
  permissions: readonly { key: string; scope: PermissionScope }[];
  /** Channels on which everything this person may see is announced, those of single records aside. */
  topics?: readonly string[];
  /** The role through which an admin looks at the organisation now; null or left out when it is their own. */
  viewingAs?: string | null;
}

/** Whose row it is, and who may act for whom. */
export interface Ownership {
  ownerId: string | null;
  /** The person looking. */
  userId: string;
  /** Everyone below that person in the reporting line. */
  reportIds?: ReadonlySet<string>;
  /** Where the row lies; undefined or null when it lies nowhere. */
  territoryId?: string | null;
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
 * Without `ownership` it answers for at least some row. Which territories are whose stays in the database: a row of
 * others that is on the screen of somebody who does not read all is there because it lies in their territories.
 */
export function can(access: Access, permission: string, ownership?: Ownership): boolean {
  const scope = scopeOf(access, permission);
  if (scope === null) return false;
  if (scope === 'all' || !ownership) return true;
  const { ownerId, userId, reportIds, territoryId } = ownership;
  if (ownerId !== null && (ownerId === userId || reportIds?.has(ownerId))) return true;
  const isSeenByTerritory = scopeOf(access, permission.replace(/:.*/, ':read')) === 'territory';
  return scope === 'territory' && isSeenByTerritory && territoryId != null;
}

/** A stranger's: every member listens to the organisation at least. */
export function isMember(access: Access): boolean {
  return (access.topics ?? []).length > 0;
}

/** Whether something that could be seen or done before no longer can. */
export function isNarrower(now: Access, before: Access): boolean {
  const topics = new Set(now.topics ?? []);
  if ((before.topics ?? []).some((topic) => !topics.has(topic))) return true;
  return before.permissions.some(({ key, scope }) => {
    const left = scopeOf(now, key);
    return left === null || NARROW_TO_WIDE.indexOf(left) < NARROW_TO_WIDE.indexOf(scope);
  });
}
