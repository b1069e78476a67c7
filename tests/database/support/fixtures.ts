import { randomUUID } from 'node:crypto';
import type { Database, Requester } from './database.ts';

/** A person with an account. */
export interface Person {
  id: string;
  email: string;
}

/** An organisation and how to act in it. */
export interface Organization {
  id: string;
  slug: string;
}

export const systemRoles = [
  'admin',
  'manager',
  'sales',
  'marketing',
  'medical_rep',
  'district_manager',
  'viewer',
] as const;
export type SystemRole = (typeof systemRoles)[number];

/** Signs up, as the auth server would. */
export async function signUp(
  db: Database,
  name: string,
  metadata: Record<string, unknown> = { first_name: name },
): Promise<Person> {
  const id = randomUUID();
  const email = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '.')}.${id.slice(0, 8)}@tandem.example`;
  await db.admin.rows('insert into auth.users (id, email, raw_user_meta_data) values ($1, $2, $3)', [
    id,
    email,
    JSON.stringify(metadata),
  ]);
  return { id, email };
}

/** An organisation founded by a person, who is its admin. */
export function found(db: Database, founder: Person, name: string): Promise<Organization> {
  return db
    .user(founder)
    .row<{ id: string; slug: string }>('select id, slug from create_organization($1)', [name]);
}

/** Makes a person a member with roles. */
export async function join(
  db: Database,
  organization: Organization,
  person: Person,
  roles: SystemRole[],
  manager?: Person,
): Promise<void> {
  await db.owner.rows('insert into memberships (org_id, user_id, manager_id) values ($1, $2, $3)', [
    organization.id,
    person.id,
    manager?.id ?? null,
  ]);
  await db.owner.rows(
    `insert into member_roles (org_id, user_id, role_id)
     select org_id, $2, id from roles where org_id = $1 and key = any ($3)`,
    [organization.id, person.id, roles],
  );
}

/** Signs up and joins at once. */
export async function colleague(
  db: Database,
  organization: Organization,
  name: string,
  role: SystemRole,
  manager?: Person,
): Promise<Person> {
  const person = await signUp(db, name);
  await join(db, organization, person, [role], manager);
  return person;
}

export interface CustomerFields {
  id?: string;
  name?: string;
  status?: string;
  owner_id?: string | null;
  email?: string | null;
  phone?: string | null;
  tags?: string[];
  expected_value?: number | null;
  currency?: string;
  acquisition_source?: string | null;
  product_id?: string | null;
  territory_id?: string | null;
  is_archived?: boolean;
  closed_lost_reason?: string | null;
}

/** Adds a customer through the given requester. */
export async function addCustomer(
  requester: Requester,
  organization: Organization,
  fields: CustomerFields = {},
): Promise<string> {
  const columns = { name: 'Nordhaus Logistik', ...fields };
  const names = Object.keys(columns);
  const { id } = await requester.row<{ id: string }>(
    `insert into customers (org_id, ${names.join(', ')})
     values ($1, ${names.map((_, index) => `$${index + 2}`).join(', ')}) returning id`,
    [organization.id, ...Object.values(columns)],
  );
  return id;
}

/** The names of a column's cards from top to bottom. */
export async function cards(
  requester: Requester,
  organization: Organization,
  status: string,
): Promise<string[]> {
  const rows = await requester.rows<{ name: string }>('select name from board_cards($1, $2)', [
    organization.id,
    status,
  ]);
  return rows.map((row) => row.name);
}
