import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase, type Requester } from './support/database.ts';
import { buildHostileScene, type HostileScene, addRow } from './support/hostile-scene.ts';
import { addCustomer, type Organization, type Person } from './support/fixtures.ts';

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
