import type { Database, Requester } from './database.ts';
import { join, type Organization, type Person, signUp } from './fixtures.ts';

export interface Role {
  id: string;
  version: number;
  name: string;
}

/** Permissions with their scopes, as `save_role` takes them. */
export type Allowed = Record<string, unknown>;

interface Wanted {
  id?: string;
  name?: string;
  description?: string | null;
  allows?: unknown;
  version?: number;
}

export const saveSql = 'select id, version, name from save_role($1, $2, $3, $4, $5, $6)';

/** Making, giving and reading the roles of an organisation; by its admin unless somebody else is named. */
export function rolesOf(database: () => Database, organization: Organization, admin: Person) {
  const caller = (person: Person = admin) => database().user(person);
  const saveValues = ({ id, name, description, allows, version }: Wanted) => [
    organization.id,
    id ?? null,
    name === undefined ? 'Planner' : name,
    description ?? null,
    JSON.stringify(allows ?? {}),
    version ?? null,
  ];
  const save = (wanted: Wanted, by: Requester = caller()) => by.row<Role>(saveSql, saveValues(wanted));
  const refused = (wanted: Wanted, by: Requester = caller()) => by.refusal(saveSql, saveValues(wanted));

  const allowedBy = async (role: { id: string }) =>
    (await database().owner.row<{ allowed: Allowed }>('select private.role_allows($1) as allowed', [role.id]))
      .allowed;
  const roleOf = (key: string) =>
    database().owner.row<Role>('select id, version, name from roles where org_id = $1 and key = $2', [
      organization.id,
      key,
    ]);
  const give = (person: Person, role: { id: string }, by: Requester = database().owner) =>
    by.rows('insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)', [
      organization.id,
      person.id,
      role.id,
    ]);

  let count = 0;
  /** Someone who holds exactly these permissions. */
  async function holderOf(allows: Allowed, name = `Holder ${++count}`): Promise<Person & { role: Role }> {
    const role = await save({ name, allows });
    const person = await signUp(database(), name);
    await join(database(), organization, person, []);
    await give(person, role);
    return { ...person, role };
  }
  return { caller, saveValues, save, refused, allowedBy, roleOf, give, holderOf };
}
