import type { PermissionScope } from './permissions';

/** A permission as the database lists it. */
export interface PermissionEntry {
  key: string;
  resource: string;
  action: string;
  /** Whether it can be held for a part of the rows. */
  is_scoped: boolean;
}

/** What a role allows: permission → scope. */
export type Allows = Readonly<Record<string, PermissionScope>>;

export interface RoleMatrix {
  /** The columns, from the most common action to the rarest. */
  actions: string[];
  rows: { resource: string; cells: (PermissionEntry | null)[] }[];
}

/** What people look for first; others follow by name. */
const FIRST_ACTIONS = ['read', 'create', 'update', 'delete', 'assign'];
const FIRST_RESOURCES = [
  'customers',
  'interactions',
  'products',
  'labels',
  'territories',
  'members',
  'roles',
];

const place = (list: readonly string[], item: string) =>
  list.includes(item) ? list.indexOf(item) : list.length;
const ordered = (items: Iterable<string>, first: readonly string[]) =>
  [...new Set(items)].sort((a, b) => place(first, a) - place(first, b) || (a < b ? -1 : 1));

/** Resources down, actions across; null where an action makes no sense for a resource. */
export function roleMatrix(permissions: readonly PermissionEntry[]): RoleMatrix {
  const byKey = new Map(permissions.map((permission) => [permission.key, permission]));
  const actions = ordered(
    permissions.map(({ action }) => action),
    FIRST_ACTIONS,
  );
  const rows = ordered(
    permissions.map(({ resource }) => resource),
    FIRST_RESOURCES,
  ).map((resource) => ({
    resource,
    cells: actions.map((action) => byKey.get(`${resource}:${action}`) ?? null),
  }));
  return { actions, rows };
}

/** The scopes in which a permission can be given, narrowest first. */
export function scopesOf({ is_scoped }: Pick<PermissionEntry, 'is_scoped'>): PermissionScope[] {
  return is_scoped ? ['own', 'territory', 'all'] : ['all'];
}

/** Whether a scope lies within another; nothing lies within null. */
export function isWithin(scope: PermissionScope, held: PermissionScope | null): boolean {
  const narrowToWide: readonly PermissionScope[] = ['own', 'territory', 'all'];
  return held !== null && narrowToWide.indexOf(scope) <= narrowToWide.indexOf(held);
}

/** Whether two roles allow the same. */
export function allowsSame(one: Allows, other: Allows): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
