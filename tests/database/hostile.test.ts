import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase, type Requester } from './support/database.ts';
import { buildHostileScene, type HostileScene, addRow } from './support/hostile-scene.ts';
import { addCustomer, colleague, type Organization, type Person } from './support/fixtures.ts';

const database = useDatabase();

let mallory: Person;
let attacker: Requester;
let home: Organization;
let homeCustomer: string;
let victims: HostileScene['victims'];

beforeAll(async () => {
  ({ mallory, attacker, home, homeCustomer, victims } = await buildHostileScene(database()));
});

/** Every table of an organisation, read from the catalogue so that a new one is attacked as well. */
async function tenantTables(): Promise<string[]> {
  const rows = await database().owner.rows<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  );
  return rows.map((row) => row.name).filter((name) => name !== 'permissions');
}

describe('rows of another organisation', () => {
  it('cannot be read, counted or told by an aggregate', async () => {
    for (const table of await tenantTables()) {
      const column = table === 'organizations' ? 'id' : table === 'profiles' ? 'id' : 'org_id';
      const key = table === 'profiles' ? victims.admin.id : victims.organization.id;
      expect([table, await attacker.rows(`select * from ${table} where ${column} = $1`, [key])]).toEqual([
        table,
        [],
      ]);
    }
  });

  it('cannot be changed, whatever column is tried', async () => {
    const columns = await database().owner.rows<{ table_name: string; column_name: string }>(
      `select table_name, column_name from information_schema.columns
       where table_schema = 'public' and is_generated = 'NEVER' and table_name <> 'permissions'`,
    );
    expect(columns.length).toBeGreaterThan(100);
    for (const { table_name: table, column_name: column } of columns) {
      const key = table === 'profiles' || table === 'organizations' ? 'id' : 'org_id';
      const victim = table === 'profiles' ? victims.admin.id : victims.organization.id;
      const result = await attacker
        .count(`update ${table} set ${column} = ${column} where ${key} = $1`, [victim])
        .catch(refusalOf);
      if (typeof result === 'number') expect([table, column, result]).toEqual([table, column, 0]);
      else expect([table, column, result.code]).toEqual([table, column, '42501']);
    }
  });

  it('cannot be deleted', async () => {
    for (const table of await tenantTables()) {
      const key = table === 'profiles' || table === 'organizations' ? 'id' : 'org_id';
      const victim = table === 'profiles' ? victims.admin.id : victims.organization.id;
      const result = await attacker
        .count(`delete from ${table} where ${key} = $1`, [victim])
        .catch(refusalOf);
      if (typeof result === 'number') expect([table, result]).toEqual([table, 0]);
      else expect([table, result.code]).toEqual([table, '42501']);
    }
  });

  it('cannot be added, and the refusal tells nothing of what is there', async () => {
    const { organization, customer, rep, role, category } = victims;
    const attempts: [string, unknown[]][] = [
      [`insert into customers (org_id, name) values ($1, 'x')`, [organization.id]],
      [`insert into customers (org_id, name, owner_id) values ($1, 'x', $2)`, [organization.id, rep.id]],
      [`insert into customers (org_id, name, owner_id) values ($1, 'x', $2)`, [organization.id, mallory.id]],
      [`insert into products (org_id, name) values ($1, 'x')`, [organization.id]],
      [`insert into products (org_id, name, is_active) values ($1, 'x', true)`, [organization.id]],
      [
        `insert into product_categories (org_id, name, parent_id) values ($1, 'x', $2)`,
        [organization.id, category],
      ],
      [
        `insert into product_categories (id, org_id, name, parent_id) values ($2, $1, 'x', $2)`,
        [organization.id, category],
      ],
      [`insert into client_types (org_id, name) values ($1, 'Doctor')`, [organization.id]],
      [`insert into specialties (org_id, name) values ($1, 'Surgery')`, [organization.id]],
      [
        `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x')`,
        [organization.id, customer],
      ],
      [
        `insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)`,
        [organization.id, mallory.id, role],
      ],
      [`insert into memberships (org_id, user_id) values ($1, $2)`, [organization.id, mallory.id]],
      [`insert into roles (org_id, key, name) values ($1, 'x', 'x')`, [organization.id]],
      [
        `insert into notifications (org_id, user_id, kind) values ($1, $2, 'assigned')`,
        [organization.id, rep.id],
      ],
      [`insert into settings (org_id, key, value) values ($1, 'a.b', 'x')`, [organization.id]],
      [`insert into organizations (name, slug) values ('x', 'xyz')`, []],
      [`insert into profiles (id) values ($1)`, [randomUUID()]],
    ];
    for (const [sql, values] of attempts) {
      const refusal = await attacker.refusal(sql, values);
      expect([sql, ['42501', 'PT403', 'PT422', '23505'].includes(refusal.code ?? '')]).toEqual([sql, true]);
      expect(JSON.stringify(refusal)).not.toMatch(/Secret|Doctor|Surgery/);
    }
  });

  it('cannot be told from rows that do not exist', async () => {
    const calls: [string, string][] = [
      [`select move_customer($1, 'qualified')`, victims.customer],
      [`select patch_customer($1, '{"name": "x"}', '{"name": "y"}')`, victims.customer],
      [`select delete_customer($1)`, victims.customer],
      [`select set_product_active($1, false)`, victims.product],
    ];
    for (const [sql, id] of calls) {
      const theirs = await attacker.refusal(sql, [id]);
      const nobodys = await attacker.refusal(sql, [randomUUID()]);
      expect(theirs).toEqual(nobodys);
      expect(theirs.code).toBe('PT404');
    }
    const lists = [
      `select * from search_customers($1, 'Secret')`,
      `select * from board_cards($1, 'lead')`,
      `select * from board_top($1)`,
      `select * from board_summary($1)`,
      `select * from board_summary($1, search => 'Secret')`,
    ];
    for (const sql of lists) expect(await attacker.rows(sql, [victims.organization.id])).toEqual([]);
    expect(await attacker.row('select my_access($1) as access', [victims.organization.id])).toEqual({
      access: { roles: [], permissions: [], topics: [], viewing_as: null },
    });
  });

  it('cannot be drawn in through a reference, in any column that refers', async () => {
    const theirs = victims;
    const attempts: [string, unknown[]][] = [
      [`insert into customers (org_id, name, owner_id) values ($1, 'x', $2)`, [home.id, theirs.rep.id]],
      [`insert into customers (org_id, name, product_id) values ($1, 'x', $2)`, [home.id, theirs.product]],
      [
        `insert into customers (org_id, name, client_type_id) values ($1, 'x', $2)`,
        [home.id, theirs.clientType],
      ],
      [
        `insert into customers (org_id, name, specialty_id) values ($1, 'x', $2)`,
        [home.id, theirs.specialty],
      ],
      [`update customers set owner_id = $2 where org_id = $1`, [home.id, theirs.rep.id]],
      [`update customers set product_id = $2 where org_id = $1`, [home.id, theirs.product]],
      [`update customers set client_type_id = $2 where org_id = $1`, [home.id, theirs.clientType]],
      [`update customers set specialty_id = $2 where org_id = $1`, [home.id, theirs.specialty]],
      [`insert into products (org_id, name, category_id) values ($1, 'x', $2)`, [home.id, theirs.category]],
      [
        `insert into product_categories (org_id, name, parent_id) values ($1, 'x', $2)`,
        [home.id, theirs.category],
      ],
      [
        `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x')`,
        [home.id, theirs.customer],
      ],
      [
        `insert into interactions (org_id, customer_id, type, note, corrects_id) values ($1, $2, 'note', 'x', $3)`,
        [home.id, homeCustomer, theirs.interaction],
      ],
      [
        `insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)`,
        [home.id, mallory.id, theirs.role],
      ],
      [
        `insert into member_roles (org_id, user_id, role_id)
         select $1, $2, id from roles where org_id = $1 and key = 'viewer'`,
        [home.id, theirs.rep.id],
      ],
      [`update memberships set manager_id = $2 where org_id = $1`, [home.id, theirs.admin.id]],
      [`update memberships set user_id = $2 where org_id = $1`, [home.id, theirs.admin.id]],
    ];
    for (const [sql, values] of attempts) {
      const refusal = await attacker.refusal(sql, values);
      expect([sql, ['42501', '23503', 'PT422', 'PT403'].includes(refusal.code ?? '')]).toEqual([sql, true]);
    }
    for (const column of ['owner_id', 'product_id', 'client_type_id', 'specialty_id']) {
      const value = {
        owner_id: theirs.rep.id,
        product_id: theirs.product,
        client_type_id: theirs.clientType,
        specialty_id: theirs.specialty,
      }[column];
      const seen = await attacker.row<Record<string, unknown>>(
        `select ${column} from customers where id = $1`,
        [homeCustomer],
      );
      expect(
        (
          await attacker.refusal('select patch_customer($1, $2, $3)', [
            homeCustomer,
            JSON.stringify({ [column]: value }),
            JSON.stringify(seen),
          ])
        ).code,
      ).toMatch(/^PT4(03|22)$/);
    }
  });

  it('give no rank to cards dropped next to them', async () => {
    await attacker.rows(`select move_customer($1, 'lead', $2, $2)`, [homeCustomer, victims.customer]);
    const { board_rank: rank } = await attacker.row<{ board_rank: string }>(
      'select board_rank from customers where id = $1',
      [homeCustomer],
    );
    expect(rank).toMatch(/^(a0|Zz)$/);
  });
});

describe('what the database writes itself', () => {
  it.each([
    [
      'customers',
      [
        'org_id',
        'created_by',
        'updated_by',
        'version',
        'created_at',
        'updated_at',
        'board_rank',
        'status',
        'deleted_at',
        'archived_at',
        'id',
      ],
    ],
    ['products', ['org_id', 'created_by', 'version', 'created_at', 'updated_at', 'id']],
    ['interactions', ['org_id', 'user_id', 'note', 'created_at', 'customer_id', 'id']],
    ['notifications', ['org_id', 'user_id', 'kind', 'data', 'actor_id', 'customer_id', 'version', 'id']],
    ['memberships', ['org_id', 'user_id', 'created_by', 'version', 'id']],
    ['organizations', ['slug', 'created_by', 'version', 'deleted_at', 'id']],
    ['profiles', ['email', 'id', 'created_by', 'version']],
    ['settings', ['key', 'value_type', 'org_id']],
    ['roles', ['key', 'is_system', 'org_id']],
    ['role_permissions', ['scope', 'permission', 'role_id']],
    ['member_roles', ['role_id', 'user_id', 'assigned_by']],
  ])('in %s cannot be overwritten', async (table, columns) => {
    for (const column of columns) {
      expect([column, (await attacker.refusal(`update ${table} set ${column} = ${column}`)).code]).toEqual([
        column,
        '42501',
      ]);
    }
  });

  it.each([
    ['customers', { name: 'x' }, ['created_by', 'updated_by', 'deleted_by']],
    ['products', { name: 'x' }, ['created_by']],
    ['member_roles', {}, ['assigned_by', 'created_by']],
  ])('in %s cannot be forged on the way in', async (table, given, columns) => {
    for (const column of columns) {
      const fields = { org_id: home.id, ...given, [column]: victims.admin.id };
      const names = Object.keys(fields);
      const sql = `insert into ${table} (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`;
      expect([column, (await attacker.refusal(sql, Object.values(fields))).code]).toEqual([column, '42501']);
    }
  });

  it('names the signed-in person, whoever they claim to be', async () => {
    const customer = await addCustomer(attacker, home);
    expect(
      await attacker.row('select created_by, updated_by, owner_id, version from customers where id = $1', [
        customer,
      ]),
    ).toEqual({ created_by: mallory.id, updated_by: mallory.id, owner_id: mallory.id, version: 1 });
    const interaction = await addRow(
      attacker,
      `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x')`,
      [home.id, customer],
    );
    expect(await attacker.row('select user_id from interactions where id = $1', [interaction])).toEqual({
      user_id: mallory.id,
    });
  });
});

describe('a member who wants more', () => {
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
    expect(
      await climber.row('select mark_notifications_read($1) as marked', [[victims.notification]]),
    ).toEqual({
      marked: 0,
    });
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
    expect(await envy.count('update customers set owner_id = $2 where id = $1', [customer, other.id])).toBe(
      0,
    );
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
});

describe('without signing in', () => {
  it('nothing can be read, written or called', async () => {
    const anon = database().as({ role: 'anon' });
    for (const table of [...(await tenantTables()), 'permissions']) {
      for (const sql of [
        `select * from ${table}`,
        `delete from ${table}`,
        `insert into ${table} default values`,
      ]) {
        expect([sql, (await anon.refusal(sql)).code]).toEqual([sql, '42501']);
      }
    }
    const callable = await database().owner.rows<{ name: string }>(
      `select oid::regprocedure::text as name from pg_proc
       where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and has_function_privilege('anon', oid, 'execute')`,
    );
    expect(callable).toEqual([]);
  });

  it('a token for an account that no longer exists opens nothing', async () => {
    const ghost = database().user({ id: randomUUID() });
    for (const table of await tenantTables())
      expect([table, await ghost.rows(`select * from ${table}`)]).toEqual([table, []]);
    expect((await ghost.refusal(`select create_organization('Ghosts')`)).code).toBe('PT401');
  });
});

describe('behind the API', () => {
  it('the private schema keeps its tables and its levers to itself', async () => {
    for (const sql of [
      'select * from private.system_roles',
      'select * from private.system_role_permissions',
      `select private.provide_system_roles('${home.id}')`,
      `select private.add_permissions('[]')`,
      `select private.granted_orgs('${victims.admin.id}', 'customers:read')`,
      `select private.assigned_territories('${victims.admin.id}', '${victims.organization.id}')`,
      'select * from private.held_permissions',
      'select * from private.protected_tables',
      `select private.customer_for('${victims.customer}', 'customers:read')`,
      'select private.notify_due_follow_ups()',
      `select private.lock_board('${victims.organization.id}')`,
      'select * from auth.users',
      'select * from supabase_migrations.schema_migrations',
      'select * from vault.decrypted_secrets',
      `select net.http_get('http://127.0.0.1/')`,
      `select cron.schedule('x', '* * * * *', 'select 1')`,
      'create table public.mine ()',
      'create function public.mine() returns void language sql as $$ select 1 $$',
    ]) {
      expect([sql, (await attacker.refusal(sql)).code]).toEqual([sql, '42501']);
    }
  });

  it('every definer function that clients can call pins its search path', async () => {
    expect(
      await database().owner.rows(
        `select oid::regprocedure::text from pg_proc
         where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
           and (proconfig is null or not 'search_path=""' = any (proconfig))`,
      ),
    ).toEqual([]);
  });
});
