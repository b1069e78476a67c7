import { randomUUID } from 'node:crypto';
import type { Requester } from './database.ts';
import type { Organization, Person } from './fixtures.ts';

export const levels = ['country', 'region', 'governorate', 'city', 'area', 'brick'] as const;
export type Level = (typeof levels)[number];

/** A path from a country down to a brick, by level. */
export type Branch = Record<Level, string>;

/** Adds one territory and gives its id. */
export async function addTerritory(
  requester: Requester,
  organization: Organization,
  level: Level,
  parent: string | null,
  fields: { code?: string; name?: string; boundary?: unknown } = {},
): Promise<string> {
  const { id } = await requester.row<{ id: string }>(
    `insert into territories (org_id, level, parent_id, code, name, boundary) values ($1, $2, $3, $4, $5, $6) returning id`,
    [
      organization.id,
      level,
      parent,
      fields.code ?? `${level}-${randomUUID().slice(0, 8)}`,
      fields.name ?? level,
      fields.boundary === undefined ? null : JSON.stringify(fields.boundary),
    ],
  );
  return id;
}

/** Adds one territory of each level, from below `top` down to a brick. */
export async function addBranch(
  requester: Requester,
  organization: Organization,
  above: { [level in Level]?: string | undefined } = {},
): Promise<Branch> {
  const branch: typeof above = { ...above };
  let parent: string | null = null;
  for (const level of levels) {
    branch[level] ??= await addTerritory(requester, organization, level, parent);
    parent = branch[level];
  }
  return branch as Branch;
}

/** A day so many days from today, as the database writes it. */
export const daysFromNow = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Assigns a person to a territory; from yesterday on unless told otherwise. */
export async function assign(
  requester: Requester,
  organization: Organization,
  person: Person,
  territory: string,
  fields: { starts_on?: string; ends_on?: string | null; is_primary?: boolean } = {},
): Promise<string> {
  const { id } = await requester.row<{ id: string }>(
    `insert into territory_assignments (org_id, user_id, territory_id, starts_on, ends_on, is_primary)
     values ($1, $2, $3, $4, $5, $6) returning id`,
    [
      organization.id,
      person.id,
      territory,
      fields.starts_on ?? daysFromNow(-1),
      fields.ends_on ?? null,
      fields.is_primary ?? false,
    ],
  );
  return id;
}

/** A ring of positions that is closed. */
export const square = [
  [30, 30],
  [31, 30],
  [31, 31],
  [30, 31],
  [30, 30],
];
