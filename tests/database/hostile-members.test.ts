import { Client } from 'pg';
import { beforeAll, expect, it } from 'vitest';
import { refusalOf, useDatabase } from './support/database.ts';
import { addCustomer, colleague } from './support/fixtures.ts';
import { buildHostileScene, type HostileScene } from './support/hostile-scene.ts';

const database = useDatabase();

let victims: HostileScene['victims'];

beforeAll(async () => {
  ({ victims } = await buildHostileScene(database()));
});

const roles = ['viewer', 'marketing', 'sales', 'medical_rep', 'district_manager', 'manager'] as const;

it.each(roles)('as %s cannot become admin, manager of colleagues or another person', async (role) => {
  const person = await colleague(database(), victims.organization, `Climber ${role}`, role, victims.admin);
  const climber = database().user(person);
  const { organization, rep } = victims;
  expect(
    await climber.refusal(`insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)`, [
      organization.id,
      person.id,
      victims.role,
    ]),
  ).toMatchObject({
    code: 'PT403',
    message: 'roles_assign_denied',
    hint: 'Your role does not allow giving roles to people.',
  });
  const silent: [string, unknown[]][] = [
    [`update memberships set manager_id = $2 where user_id = $1`, [rep.id, person.id]],
    [`update memberships set is_active = false where user_id = $1`, [victims.admin.id]],
    [`update memberships set title = 'Owner' where user_id = $1`, [person.id]],
    [`delete from memberships where user_id = $1`, [victims.admin.id]],
    [`delete from member_roles where user_id = $1`, [victims.admin.id]],
    [`update settings set value = '1000' where org_id = $1`, [organization.id]],
    [`update organizations set name = 'Mine' where id = $1`, [organization.id]],
    [`update profiles set first_name = 'Me' where id = $1`, [victims.admin.id]],
    [`update notifications set read_at = now() where user_id = $1`, [rep.id]],
  ];
  for (const [sql, values] of silent) expect([sql, await climber.count(sql, values)]).toEqual([sql, 0]);
  expect(await climber.row('select mark_notifications_read($1) as marked', [[victims.notification]])).toEqual(
    {
      marked: 0,
    },
  );
  for (const sql of [
    `update roles set key = 'admin'`,
    `update role_permissions set scope = 'all'`,
    `insert into role_permissions (org_id, role_id, permission) select org_id, role_id, 'roles:assign' from member_roles`,
    `insert into notifications (org_id, user_id, kind) select org_id, user_id, 'assigned' from memberships`,
  ]) {
    expect([sql, (await climber.refusal(sql)).code]).toEqual([sql, '42501']);
  }
});

it('is named in the log of the database, where a refusal stays that its transaction does not', async () => {
  const climber = await colleague(database(), victims.organization, 'Logged', 'viewer', victims.admin);
  const client = new Client({ connectionString: database().adminUrl });
  const said: string[] = [];
  client.on('notice', (notice) => said.push(notice.message ?? ''));
  await client.connect();
  try {
    await client.query('set client_min_messages = log; set log_min_messages = fatal');
    await client.query(
      `select set_config('request.jwt.claims', $1, false), set_config('request.headers', $2, false)`,
      [
        JSON.stringify({ sub: climber.id, role: 'authenticated' }),
        JSON.stringify({ 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'request-1' }),
      ],
    );
    await client.query('set role authenticated');
    await client
      .query(`insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)`, [
        victims.organization.id,
        climber.id,
        victims.role,
      ])
      .catch(refusalOf);
  } finally {
    await client.end();
  }
  expect(
    said.map((line) => line.replace(/^refused /, '')).map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    {
      code: 'roles_assign_denied',
      person: climber.id,
      address: '203.0.113.9',
      request: 'request-1',
      detail: { permission: 'roles:assign' },
    },
  ]);
});

it("with scope own cannot take a colleague's customer, nor give one away, nor see it by asking sideways", async () => {
  const other = await colleague(database(), victims.organization, 'Envy', 'medical_rep', victims.admin);
  const envy = database().user(other);
  const { customer, interaction, organization } = victims;
  expect(await envy.rows('select id from customers where id = $1', [customer])).toEqual([]);
  expect(await envy.rows('select id from interactions where id = $1', [interaction])).toEqual([]);
  expect(await envy.count('update customers set owner_id = $2 where id = $1', [customer, other.id])).toBe(0);
  expect((await envy.refusal(`select move_customer($1, 'qualified')`, [customer])).code).toBe('PT404');
  expect(await envy.rows(`select * from search_customers($1, 'Secret')`, [organization.id])).toEqual([]);
  expect(
    await envy.rows(`select * from board_cards($1, 'lead', owner_ids => $2)`, [
      organization.id,
      [victims.rep.id],
    ]),
  ).toEqual([]);
  expect(
    (
      await envy.refusal(
        `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x')`,
        [organization.id, customer],
      )
    ).code,
  ).toBe('42501');
  const own = await addCustomer(envy, organization, { name: 'Own' });
  expect(
    (await envy.refusal('update customers set owner_id = $2 where id = $1', [own, victims.rep.id])).code,
  ).toMatch(/PT403|42501/);
  expect((await envy.refusal('update customers set owner_id = null where id = $1', [own])).code).toMatch(
    /PT403|42501/,
  );
  expect(
    (
      await envy.refusal(`insert into customers (org_id, name, owner_id) values ($1, 'x', $2)`, [
        organization.id,
        victims.rep.id,
      ])
    ).code,
  ).toMatch(/PT403|42501/);
});

it('who was deactivated has nothing left but a name', async () => {
  const person = await colleague(database(), victims.organization, 'Gone', 'manager', victims.admin);
  const gone = database().user(person);
  expect((await gone.rows('select id from customers')).length).toBeGreaterThan(0);
  await database().owner.rows('update memberships set is_active = false where user_id = $1', [person.id]);
  for (const table of [
    'organizations',
    'customers',
    'interactions',
    'products',
    'settings',
    'roles',
    'notifications',
  ]) {
    expect([table, await gone.rows(`select * from ${table}`)]).toEqual([table, []]);
  }
  expect((await gone.refusal(`select move_customer($1, 'qualified')`, [victims.customer])).code).toBe(
    'PT404',
  );
});
