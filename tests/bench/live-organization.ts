import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import pg from 'pg';
import type { TestStack } from '../../stack/testing.ts';
import type { LiveTask } from './live-load.ts';

/** What clients and writers need to know of an organisation. */
export type Organization = Omit<LiveTask, 'editsPerSecond' | 'seconds' | 'dropping'>;

const customers = 300;

/** An organisation whose members all see all of it. */
export async function foundOrganization(stack: TestStack, sockets: number): Promise<Organization> {
  const client = new pg.Client({ connectionString: stack.adminUrl });
  await client.connect();
  const people = Array.from({ length: sockets }, () => randomUUID());
  const [editor = ''] = people;
  await client.query(
    `insert into auth.users (id, email, raw_user_meta_data) select id, id || '@bench.example', '{}' from unnest($1::uuid[]) as id`,
    [people],
  );
  await client.query(`select set_config('request.jwt.claims', $1, false)`, [
    JSON.stringify({ role: 'authenticated', sub: editor }),
  ]);
  const { rows: made } = await client.query<{ id: string }>(
    `select id from public.create_organization('Live')`,
  );
  const orgId = made[0]?.id ?? '';
  await client.query(
    `insert into public.memberships (org_id, user_id) select $1, id from unnest($2::uuid[]) as id where id <> $3`,
    [orgId, people, editor],
  );
  await client.query(
    `insert into public.member_roles (org_id, user_id, role_id)
     select org_id, member, id from public.roles cross join unnest($2::uuid[]) as member where org_id = $1 and key = 'manager' and member <> $3`,
    [orgId, people, editor],
  );
  const { rows } = await client.query<{ id: string }>(
    `insert into public.customers (org_id, name) select $1, 'Customer ' || n from generate_series(1, $2) as n returning id`,
    [orgId, customers],
  );
  await client.end();
  const secret = new TextEncoder().encode(stack.jwtSecret);
  const tokens = people.map((sub) =>
    new SignJWT({ role: 'authenticated', sub })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(secret),
  );
  return {
    access: { url: stack.url, key: stack.publishableKey, orgId },
    tokens: await Promise.all(tokens),
    databaseUrl: stack.adminUrl,
    editor,
    customers: rows.map(({ id }) => id),
  };
}
