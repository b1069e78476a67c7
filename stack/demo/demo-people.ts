import { randomInt } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import pg from 'pg';

/** A person of the demo data, as the sign-in page lists them. */
interface DemoPerson {
  email: string;
  password: string;
  name: string;
  title: string;
  team: string;
  role: string;
  organization: string;
  /** `profiles.avatar_color`. */
  color: string | null;
}

/** The seed marks its accounts and leaves their password empty, which nobody can sign in with. */
const peopleQuery = `
  select users.id, users.email,
         trim(concat_ws(' ', users.raw_user_meta_data ->> 'first_name', users.raw_user_meta_data ->> 'last_name')) as name,
         coalesce(memberships.title, '') as title, coalesce(memberships.team, '') as team,
         coalesce(roles.key, '') as role, organizations.name as organization,
         profiles.avatar_color as color
    from auth.users
    join public.memberships on memberships.user_id = users.id and memberships.is_active
    join public.organizations on organizations.id = memberships.org_id
    left join public.profiles on profiles.id = users.id
    left join public.member_roles on member_roles.user_id = users.id and member_roles.org_id = memberships.org_id
    left join public.roles on roles.id = member_roles.role_id
   where users.raw_app_meta_data @> '{"demo": true}'
   order by organizations.created_at, organizations.name desc, memberships.manager_id nulls first, memberships.team, users.email`;

/** Entropy lies in the password, so a cheap hash is as safe and spares every sign-in of the demo a long computation. */
const setPassword = `
  update auth.users
     set encrypted_password = extensions.crypt($2, extensions.gen_salt('bf', 6))
   where id = $1`;

/**
 * Gives the seeded people passwords of this installation's own and lists them in a file that only its owner can read.
 * Does nothing once that has happened.
 */
export async function provideDemoPeople(adminUrl: string, file: string): Promise<void> {
  const known = await readFile(file, 'utf8').catch(() => undefined);
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const waiting = await client.query(
      `select from auth.users where encrypted_password = '' and raw_app_meta_data @> '{"demo": true}' limit 1`,
    );
    if (known !== undefined && waiting.rowCount === 0) return;
    const rows = await client.query<Omit<DemoPerson, 'password'> & { id: string }>(peopleQuery);
    const people = new Map<string, DemoPerson>();
    await client.query('begin');
    for (const { id, ...person } of rows.rows) {
      if (people.has(id)) continue;
      const password = generatePassword();
      people.set(id, { ...person, password });
      await client.query(setPassword, [id, password]);
    }
    await writeFile(`${file}.new`, `${JSON.stringify([...people.values()], null, 2)}\n`, { mode: 0o600 });
    await client.query('commit');
    await rename(`${file}.new`, file);
  } finally {
    await client.end();
  }
}

/** Four groups of four letters and digits that are not mistaken for one another: some 80 bits. */
function generatePassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = (): string => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}
