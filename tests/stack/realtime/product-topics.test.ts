import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../../stack/testing.ts';
import { broadcastsOf, joined, refused } from './channels.ts';
import { signToken, startTestServer, type TestServer } from './harness.ts';

let database: TestDatabase;
let server: TestServer;
let sql: Client;

beforeAll(async () => {
  database = await startTestDatabase({ seed: true });
  server = await startTestServer(database.adminUrl);
  sql = new Client({ connectionString: database.adminUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql?.end();
  await server?.stop();
  await database?.stop();
});

/** Somebody with that role, and the first organisation they hold it in. */
async function personWith(
  role: string,
  notInOrg: string | null = null,
): Promise<{ user: string; org: string }> {
  const { rows } = await sql.query<{ user: string; org: string }>(
    `select held.user_id as user, held.org_id as org
     from member_roles as held join roles as role on role.id = held.role_id
     where role.key = $1 and held.org_id is distinct from $2
     order by held.org_id, held.user_id limit 1`,
    [role, notInOrg],
  );
  const [person] = rows;
  if (!person) throw new Error(`Nobody of the demo is ${role}.`);
  return person;
}

const channelOf = async (user: string, topic: string) =>
  server.client({ token: await signToken({ sub: user }) }).channel(topic, { config: { private: true } });

it('a committed change of a customer reaches those who may read it, and nobody of another organisation', async () => {
  const admin = await personWith('admin');
  const stranger = await personWith('admin', admin.org);
  const topic = `org:${admin.org}:customers`;
  expect(await refused(await channelOf(stranger.user, topic))).toMatch(/^Unauthorized: /);
  const channel = await channelOf(admin.user, topic);
  const heard = broadcastsOf(channel, 'change');
  await joined(channel);
  const { rows } = await sql.query<{ id: string }>(
    `update customers set name = name || ' & Co.' where id = (select min(id::text)::uuid from customers where org_id = $1)
     returning id`,
    [admin.org],
  );
  const message = await heard.find(() => true);
  expect(message.payload).toMatchObject({
    table: 'customers',
    op: 'update',
    id: rows[0]?.id,
    org_id: admin.org,
  });
});

it('a person put out of an organisation is told, and cannot come back in', async () => {
  const { user, org } = await personWith('sales');
  const own = await channelOf(user, `user:${user}`);
  const heard = broadcastsOf(own, 'membership_changed');
  await joined(own);
  await joined(await channelOf(user, `org:${org}`));
  await sql.query('update memberships set is_active = false where org_id = $1 and user_id = $2', [org, user]);
  await heard.find(() => true);
  expect(await refused(await channelOf(user, `org:${org}`))).toMatch(/^Unauthorized: /);
});
