import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { rolesOf, saveSql } from './support/roles.ts';
import { addBranch, assign, daysFromNow } from './support/territories.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'Limits', beforeAll);
const { caller, saveValues, save, refused, allowedBy, roleOf, give, holderOf } = rolesOf(
  database,
  organization,
  admin,
);

describe('nobody grants more than they hold', () => {
  const editor = { 'roles:update': 'all', 'roles:assign': 'all', 'members:read': 'all' };

  it('through a new role, their own role or that of others', async () => {
    const clerk = await holderOf({ ...editor, 'customers:read': 'own' });
    const by = caller(clerk);
    const exceeds = (...permissions: string[]) => ({
      code: 'PT403',
      message: 'role_exceeds_yours',
      detail: { permissions },
    });
    expect(await refused({ name: 'More', allows: { 'customers:delete': 'all' } }, by)).toMatchObject(
      exceeds('customers:delete'),
    );
    expect(await refused({ name: 'Wider', allows: { 'customers:read': 'territory' } }, by)).toMatchObject(
      exceeds('customers:read'),
    );
    expect(
      await refused({ ...clerk.role, allows: { ...editor, 'settings:update': 'all' } }, by),
    ).toMatchObject(exceeds('settings:update'));
    const modest = await holderOf({ 'products:read': 'all' });
    expect(await refused({ ...modest.role, allows: {} }, by)).toMatchObject(exceeds('products:read'));
    expect(
      await by.refusal('select delete_role($1, $2, $3, $4)', [
        organization.id,
        modest.role.id,
        modest.role.version,
        clerk.role.id,
      ]),
    ).toMatchObject(exceeds('products:read'));
    expect((await save({ name: 'As much', allows: { 'customers:read': 'own' } }, by)).version).toBe(1);
  });

  it('nor learns what a role of another organisation allows', async () => {
    const clerk = await holderOf(editor);
    const stranger = await signUp(database(), 'Stranger');
    const elsewhere = await found(database(), stranger, 'Elsewhere');
    const theirs = await caller(stranger).row<{ id: string }>(
      `select id from roles where org_id = $1 and key = 'admin'`,
      [elsewhere.id],
    );
    const take = (role: string) =>
      caller(clerk).refusal('insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)', [
        organization.id,
        clerk.id,
        role,
      ]);
    const [real, made] = [await take(theirs.id), await take(randomUUID())];
    expect(real).toMatchObject({ code: '23503' });
    expect({ ...real, detail: null }).toEqual({ ...made, detail: null });
  });

  it('by handing the holders of a role the admin’s', async () => {
    const clerk = await holderOf(editor);
    const own = await save({ name: 'Stepping stone' }, caller(clerk));
    await give(clerk, own, caller(clerk));
    expect(
      await caller(clerk).refusal('select delete_role($1, $2, $3, $4)', [
        organization.id,
        own.id,
        own.version,
        (await roleOf('admin')).id,
      ]),
    ).toMatchObject({ code: 'PT403', message: 'role_exceeds_yours', detail: { field: 'reassign_to' } });
  });

  it('by writing to the tables', async () => {
    const clerk = await holderOf({ ...editor, 'members:invite': 'all', 'members:update': 'all' });
    const adminRole = await roleOf('admin');
    const attempts: [string, unknown[]][] = [
      [
        `insert into roles (org_id, key, name, is_system) values ($1, 'root', 'Root', true)`,
        [organization.id],
      ],
      [`update roles set key = 'admin' where id = $1`, [clerk.role.id]],
      [`delete from roles where id = $1`, [adminRole.id]],
      [
        `insert into role_permissions (org_id, role_id, permission) values ($1, $2, 'settings:update')`,
        [organization.id, clerk.role.id],
      ],
      [`update role_permissions set permission = 'settings:update' where role_id = $1`, [clerk.role.id]],
      [`update role_permissions set scope = 'all' where role_id = $1`, [clerk.role.id]],
      [`delete from role_permissions where role_id = $1`, [adminRole.id]],
      [`insert into permissions (key, resource, action, description) values ('a:b', 'a', 'b', 'c')`, []],
      [
        `insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)`,
        [organization.id, clerk.id, adminRole.id],
      ],
      [`update member_roles set role_id = $1 where user_id = $2`, [adminRole.id, clerk.id]],
      [`select invite_member($1, 'root@tandem.example', $2)`, [organization.id, adminRole.id]],
      [`select private.provide_system_roles($1)`, [organization.id]],
      [`select private.add_permissions('[]')`, []],
    ];
    for (const [sql, values] of attempts) {
      expect([sql, (await caller(clerk).refusal(sql, values)).code]).toEqual([
        sql,
        expect.stringMatching(/^(42501|PT403)$/),
      ]);
    }
  });

  it('whatever they hold and whatever they ask for', async () => {
    const width = { all: 3, territory: 2, own: 1 };
    const scope = fc.constantFrom<keyof typeof width>('all', 'territory', 'own');
    const keys = ['customers:read', 'customers:update', 'customers:delete', 'interactions:read'];
    const some = fc.dictionary(fc.constantFrom(...keys), scope, { noNullPrototype: true });
    let attempts = 0;
    await fc.assert(
      fc.asyncProperty(some, some, async (held, wanted) => {
        const person = await holderOf({ ...held, 'roles:update': 'all' });
        const within = Object.entries(wanted).every(
          ([key, reach]) => key in held && width[held[key] ?? 'own'] >= width[reach],
        );
        const attempt = { name: `Attempt ${++attempts}`, allows: wanted };
        if (within) expect(await allowedBy(await save(attempt, caller(person)))).toEqual(wanted);
        else expect(await refused(attempt, caller(person))).toMatchObject({ message: 'role_exceeds_yours' });
      }),
      { numRuns: 30 },
    );
  });

  it('nor without the permission to change roles, nor in another organisation', async () => {
    const manager = await colleague(database(), organization, 'Mona', 'manager');
    expect(await refused({ name: 'Mine' }, caller(manager))).toMatchObject({
      code: 'PT403',
      message: 'roles_update_denied',
    });
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Elsewhere');
    expect(await refused({ name: 'Mine' }, caller(stranger))).toMatchObject({ code: 'PT404' });
    const role = await save({ name: 'Ours' });
    const elsewhere = await caller(stranger).row<{ id: string }>('select id from organizations');
    expect(
      await caller(stranger).refusal(saveSql, [elsewhere.id, role.id, 'Theirs', null, '{}', role.version]),
    ).toMatchObject({ code: 'PT404', message: 'role_not_found' });
    expect(await caller(stranger).rows('select * from role_counts($1)', [organization.id])).toEqual([]);
  });
});

describe('a request that is narrowed', () => {
  const every = { 'customers:delete': 'all' };

  it('to the scopes of an API key makes no role that allows more', async () => {
    const key = database().as({
      role: 'authenticated',
      sub: admin.id,
      api_key_id: '11111111-1111-4111-8111-111111111111',
      org_id: organization.id,
      scopes: ['roles:update', 'products:read'],
    });
    expect(await refused({ name: 'By key', allows: every }, key)).toMatchObject({
      code: 'PT403',
      message: 'role_exceeds_yours',
      detail: { permissions: ['customers:delete'] },
    });
    expect((await save({ name: 'By key', allows: { 'products:read': 'all' } }, key)).version).toBe(1);
  });

  it('to a view as another role changes nothing at all', async () => {
    const viewer = await roleOf('viewer');
    const customer = await addCustomer(caller(), organization, { owner_id: admin.id });
    await database().owner.rows(
      `insert into notifications (org_id, user_id, kind, customer_id) values ($1, $2, 'assigned', $3)`,
      [organization.id, admin.id, customer],
    );
    const role = await save({ name: 'Seen through' });
    const attempts: [string, unknown[]][] = [
      [saveSql, saveValues({ ...role, allows: every })],
      ['select delete_role($1, $2, $3)', [organization.id, role.id, role.version]],
      [`select save_settings($1, '{"trash.retention_days": 1}')`, [organization.id]],
      [`select move_to_trash('customers', $1)`, [customer]],
      [`select patch_customer($1, '{"name": "New"}', '{"name": "Nordhaus Logistik"}')`, [customer]],
      [`insert into customers (org_id, name) values ($1, 'New')`, [organization.id]],
      ['select mark_notifications_read()', []],
      ['select leave_organization($1)', [organization.id]],
    ];
    for (const [sql, values] of attempts) {
      const viewing = await caller().begin();
      await viewing.query(`select set_config('request.headers', $1, true)`, [
        JSON.stringify({ 'x-tandem-view-as': viewer.id }),
      ]);
      const outcome = await viewing.query(sql, values).then(
        () => 'went through',
        (error: unknown) => refusalOf(error).code,
      );
      await viewing.rollback();
      expect([sql, outcome]).toEqual([sql, expect.stringMatching(/^(PT403|PT404|42501)$/)]);
    }
  });
});

describe('a role that withholds interactions', () => {
  it('keeps their content off the channel of a customer it shows', async () => {
    const customer = await addCustomer(caller(), organization);
    const joins = (person: Person, topic: string) =>
      caller(person).row('select private.can_join($1) as allowed', [topic]);
    const without = await holderOf({ 'customers:read': 'all' });
    expect(await joins(without, `customer:${customer}`)).toEqual({ allowed: false });
    expect(await joins(without, `customer:${customer}:people`)).toEqual({ allowed: true });
    const reader = await holderOf({ 'customers:read': 'all', 'interactions:read': 'all' });
    expect(await joins(reader, `customer:${customer}`)).toEqual({ allowed: true });
  });
});

describe('who sees a part only', () => {
  const refusal = { code: 'PT403', message: 'reach_exceeds_yours' };

  it('cannot have people of others report to them, directly or below, and may rearrange their own', async () => {
    const lead = await holderOf({
      'customers:read': 'own',
      'members:read': 'all',
      'members:update': 'all',
    });
    const [near, far, stranger] = [await holderOf({}), await holderOf({}), await holderOf({})];
    const reportTo = (by: Person, person: Person, manager: Person | null) =>
      [
        'update memberships set manager_id = $3 where org_id = $1 and user_id = $2',
        [organization.id, person.id, manager?.id ?? null],
        caller(by),
      ] as const;
    const change = ([sql, values, by]: ReturnType<typeof reportTo>) => by.count(sql, [...values]);
    const refused = ([sql, values, by]: ReturnType<typeof reportTo>) => by.refusal(sql, [...values]);
    for (const report of [near, far]) await change(reportTo(admin, report, lead));

    expect(await refused(reportTo(lead, stranger, lead))).toMatchObject(refusal);
    expect(await refused(reportTo(lead, stranger, near))).toMatchObject(refusal);
    expect(await change(reportTo(lead, far, near))).toBe(1);
    expect(await change(reportTo(lead, far, lead))).toBe(1);
    expect(await change(reportTo(lead, stranger, admin))).toBe(1);
    expect(await change(reportTo(admin, stranger, lead))).toBe(1);
  });

  it('cannot assign themselves to a territory, nor lengthen an assignment', async () => {
    const rep = await holderOf({
      'customers:read': 'territory',
      'territories:read': 'all',
      'territories:assign': 'all',
    });
    const other = await holderOf({ 'customers:read': 'territory' });
    const { country, brick } = await addBranch(caller(), organization);
    const insert = 'insert into territory_assignments (org_id, user_id, territory_id) values ($1, $2, $3)';
    expect(await caller(rep).refusal(insert, [organization.id, rep.id, country])).toMatchObject(refusal);
    expect(await caller(rep).count(insert, [organization.id, other.id, brick])).toBe(1);
    const own = await assign(caller(), organization, rep, brick, { ends_on: daysFromNow(1) });
    expect(
      await caller(rep).refusal('update territory_assignments set ends_on = null where id = $1', [own]),
    ).toMatchObject(refusal);
  });

  it('cannot hand over to themselves what they do not see', async () => {
    const clerk = await holderOf({ 'customers:read': 'territory', 'customers:assign': 'all' });
    const [owner, other] = [await holderOf({ 'customers:read': 'own' }), await holderOf({})];
    const hidden = await addCustomer(caller(), organization, { owner_id: owner.id });
    const handOver = 'select handed_over from hand_over($1, $2, $3)';
    expect(await caller(clerk).refusal(handOver, [organization.id, owner.id, clerk.id])).toMatchObject({
      ...refusal,
      detail: { field: 'to_user' },
    });
    expect(await caller(clerk).rows('select id from customers where id = $1', [hidden])).toEqual([]);
    expect(await caller(clerk).row(handOver, [organization.id, owner.id, other.id])).toEqual({
      handed_over: 1,
    });
  });

  it('cannot move a place into a territory of theirs', async () => {
    const planner = await holderOf({
      'customers:read': 'territory',
      'territories:read': 'all',
      'territories:update': 'all',
    });
    const mine = await addBranch(caller(), organization);
    const theirs = await addBranch(caller(), organization);
    await assign(caller(), organization, planner, mine.governorate);
    const move = 'select id from move_territory($1, $2)';
    expect(await caller(planner).refusal(move, [theirs.city, mine.governorate])).toMatchObject(refusal);
    expect(await caller(planner).count(move, [mine.city, theirs.governorate])).toBe(1);
    expect(await caller().count(move, [theirs.city, mine.governorate])).toBe(1);
  });
});
