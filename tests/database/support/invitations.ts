import { beforeAll, beforeEach } from 'vitest';
import type { Database, Requester } from './database.ts';
import { found, signUp, type Organization, type Person, type SystemRole } from './fixtures.ts';

/** What inviting gives back once: the token is kept nowhere. */
export interface Issued {
  id: string;
  token: string;
}

interface Inviting {
  admin: Person;
  organization: Organization;
  caller: (person: Person) => Requester;
  roleId: (key: string, where?: Organization) => Promise<string>;
  /** Somebody with an account whose address is confirmed. */
  confirmed: (name: string) => Promise<Person>;
  invite: (email: string, role?: SystemRole, by?: Person) => Promise<Issued>;
}

/** An organisation that invites, one for all tests of the file, each of which begins with no link sent in the past hour. */
export function useInviting(database: () => Database): Inviting {
  const admin: Person = { id: '', email: '' };
  const organization: Organization = { id: '', slug: '' };

  const caller: Inviting['caller'] = (person) => database().user(person);

  const roleId: Inviting['roleId'] = async (key, where = organization) => {
    const sql = 'select id from roles where org_id = $1 and key = $2';
    return (await database().owner.row<{ id: string }>(sql, [where.id, key])).id;
  };

  const confirmed: Inviting['confirmed'] = async (name) => {
    const person = await signUp(database(), name);
    await database().admin.rows('update auth.users set email_confirmed_at = now() where id = $1', [
      person.id,
    ]);
    return person;
  };

  const invite: Inviting['invite'] = async (email, role = 'sales', by = admin) =>
    caller(by).row<Issued>('select * from invite_member($1, $2, $3)', [
      organization.id,
      email,
      await roleId(role),
    ]);

  beforeAll(async () => {
    Object.assign(admin, await confirmed('Admin'));
    Object.assign(organization, await found(database(), admin, 'Inviting'));
  });

  // Limits count the past hour; tests do not wait for it.
  beforeEach(async () => {
    await database().admin.rows('alter table invitations disable trigger user');
    await database().admin.rows(`update invitations set created_at = created_at - interval '2 hours'`);
    await database().admin.rows('alter table invitations enable trigger user');
  });

  return { admin, organization, caller, roleId, confirmed, invite };
}
