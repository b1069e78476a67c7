import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, join, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch } from './support/territories.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'People', beforeAll);

const caller = (person: Person) => database().user(person);

/** A custom role that manages people and allows nothing else. */
async function personnel(name: string): Promise<Person> {
  const person = await colleague(database(), organization, name, 'viewer');
  await database().owner.rows(
    `with made as (insert into roles (org_id, key, name) values ($1, 'personnel', 'Personnel')
       on conflict (org_id, key) do update set name = excluded.name returning org_id, id),
     allowed as (insert into role_permissions (org_id, role_id, permission)
       select org_id, id, unnest(array['members:update', 'members:delete', 'roles:assign']) from made on conflict do nothing)
     insert into member_roles (org_id, user_id, role_id) select org_id, $2, id from made`,
    [organization.id, person.id],
  );
  return person;
}

describe('who may do less than a member', () => {
  const where = 'org_id = $1 and user_id = $2';

  it('cannot deactivate, bring back, remove or demote them', async () => {
    const clerk = caller(await personnel('Clerk'));
    const boss = await colleague(database(), organization, 'Second admin', 'admin');
    const values = [organization.id, boss.id];
    const refused = { code: 'PT403', message: 'member_exceeds_you' };
    expect(
      await clerk.refusal(`update memberships set is_active = false where ${where}`, values),
    ).toMatchObject(refused);
    expect(await clerk.refusal(`delete from memberships where ${where}`, values)).toMatchObject(refused);
    expect(await clerk.refusal(`delete from member_roles where ${where}`, values)).toMatchObject({
      code: 'PT403',
      message: 'role_exceeds_yours',
    });
    await caller(admin).rows(`update memberships set is_active = false where ${where}`, values);
    expect(
      await clerk.refusal(`update memberships set is_active = true where ${where}`, values),
    ).toMatchObject(refused);
    expect(await clerk.count(`update memberships set title = 'Board' where ${where}`, values)).toBe(1);
  });

  it('can do all of it to who may do no more', async () => {
    const clerk = caller(await personnel('Other clerk'));
    const values = [organization.id, (await colleague(database(), organization, 'Guest', 'viewer')).id];
    expect(await clerk.count(`update memberships set is_active = false where ${where}`, values)).toBe(1);
    expect(await clerk.count(`update memberships set is_active = true where ${where}`, values)).toBe(1);
    expect(await clerk.count(`delete from member_roles where ${where}`, values)).toBe(1);
    expect(await clerk.count(`delete from memberships where ${where}`, values)).toBe(1);
  });
});

describe('leave_organization', () => {
  it('ends one’s own membership and leaves what one owned without an owner', async () => {
    const person = await colleague(database(), organization, 'Leaver', 'sales');
    const customer = await addCustomer(caller(person), organization);
    await caller(person).rows('select leave_organization($1)', [organization.id]);
    expect(await caller(person).rows('select id from organizations')).toEqual([]);
    expect(await database().owner.row('select owner_id from customers where id = $1', [customer])).toEqual({
      owner_id: null,
    });
    expect(await caller(person).refusal('select leave_organization($1)', [organization.id])).toMatchObject({
      code: 'PT404',
    });
  });

  it('is not for who was deactivated: what they owned keeps its owner', async () => {
    const person = await colleague(database(), organization, 'Deactivated', 'sales');
    const customer = await addCustomer(caller(person), organization);
    await caller(admin).rows('update memberships set is_active = false where user_id = $1', [person.id]);
    expect(await caller(person).refusal('select leave_organization($1)', [organization.id])).toMatchObject({
      code: 'PT404',
    });
    expect(await database().owner.row('select owner_id from customers where id = $1', [customer])).toEqual({
      owner_id: person.id,
    });
  });

  it('keeps the last admin', async () => {
    const founder = await signUp(database(), 'Alone');
    const own = await found(database(), founder, 'Alone');
    expect(await caller(founder).refusal('select leave_organization($1)', [own.id])).toMatchObject({
      code: 'PT409',
      message: 'last_admin',
    });
  });

  it('lets only one of two admins go who leave at the same moment', async () => {
    const first = await signUp(database(), 'First');
    const own = await found(database(), first, 'Pair');
    const second = await colleague(database(), own, 'Second', 'admin');
    const [one, two] = [await caller(first).begin(), await caller(second).begin()];
    await one.query('select leave_organization($1)', [own.id]);
    const waiting = two.query('select leave_organization($1)', [own.id]).catch((error: Error) => error);
    await one.commit();
    expect(await waiting).toMatchObject({ message: 'last_admin' });
    await two.rollback();
  });
});

describe('hand_over', () => {
  it('gives everything a person owns to another, archived and trashed too, and tells the new owner once', async () => {
    const from = await colleague(database(), organization, 'From', 'medical_rep');
    const to = await colleague(database(), organization, 'To', 'medical_rep');
    for (let index = 0; index < 60; index += 1) {
      await addCustomer(database().owner, organization, { owner_id: from.id, is_archived: index === 0 });
    }
    const trashed = await addCustomer(database().owner, organization, { owner_id: from.id });
    await caller(admin).rows('select delete_customer($1)', [trashed]);
    await database().admin.rows('delete from realtime.messages');

    const values = [organization.id, from.id, to.id];
    const ask = 'select * from hand_over($1, $2, $3)';
    expect(await caller(admin).row(ask, values)).toEqual({ handed_over: 61, remaining: 0 });
    expect(
      await database().owner.row('select count(*)::int as left from customers where owner_id = $1', [
        from.id,
      ]),
    ).toEqual({ left: 0 });
    expect(await caller(to).row('select kind, data from notifications')).toEqual({
      kind: 'assigned',
      data: { customers: 61 },
    });
    const events = await database().admin.rows<{ event: string; topic: string }>(
      `select event, topic from realtime.messages where topic like 'owner:%' and payload ->> 'table' = 'customers'`,
    );
    expect(events).toContainEqual({ event: 'bulk', topic: `owner:${organization.id}:${to.id}` });
    expect(events.length).toBeLessThanOrEqual(2);
    expect(await caller(admin).row(ask, values)).toEqual({ handed_over: 0, remaining: 0 });
  });

  it('goes in portions of a thousand, of which the new owner is told once', async () => {
    const from = await colleague(database(), organization, 'From', 'medical_rep');
    const to = await colleague(database(), organization, 'To', 'medical_rep');
    await database().owner.rows(
      `insert into customers (org_id, name, owner_id) select $1, 'Customer ' || n, $2 from generate_series(1, 1020) as n`,
      [organization.id, from.id],
    );
    const ask = 'select * from hand_over($1, $2, $3)';
    const values = [organization.id, from.id, to.id];
    expect(await caller(admin).row(ask, values)).toEqual({ handed_over: 1000, remaining: 20 });
    expect(await caller(admin).row(ask, values)).toEqual({ handed_over: 20, remaining: 0 });
    expect(await caller(to).rows('select data from notifications')).toEqual([{ data: { customers: 1020 } }]);
  });

  it('needs customers:assign for all, two members, and an active one to take over', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const gone = await colleague(database(), organization, 'Gone', 'sales');
    await caller(admin).rows('update memberships set is_active = false where user_id = $1', [gone.id]);
    const stranger = await signUp(database(), 'Stranger');
    const attempt = (by: Person, from: Person, to: Person) =>
      caller(by).refusal('select hand_over($1, $2, $3)', [organization.id, from.id, to.id]);
    expect(await attempt(rep, rep, admin)).toMatchObject({
      code: 'PT403',
      message: 'customers_assign_denied',
    });
    expect(await attempt(stranger, rep, stranger)).toMatchObject({
      code: 'PT404',
      message: 'organization_not_found',
    });
    expect(await attempt(admin, stranger, rep)).toMatchObject({ code: 'PT404', message: 'member_not_found' });
    expect(await attempt(admin, rep, gone)).toMatchObject({ code: 'PT422', detail: { field: 'to_user' } });
    expect(await attempt(admin, rep, rep)).toMatchObject({ code: 'PT422' });
  });
});

describe('delete_organization', () => {
  async function doomed(name: string) {
    const founder = await signUp(database(), `Founder of ${name}`);
    const own = await found(database(), founder, name);
    const member = await colleague(database(), own, 'Member', 'sales');
    await addCustomer(caller(member), own);
    return { founder, own, member };
  }
  const remove = 'select delete_organization($1, $2)';

  it('needs the permission and the name, typed', async () => {
    const { founder, own, member } = await doomed('Careful');
    expect(await caller(member).refusal(remove, [own.id, 'Careful'])).toMatchObject({
      code: 'PT403',
      detail: { permission: 'organizations:delete' },
    });
    for (const typed of ['careful', '', null]) {
      expect(await caller(founder).refusal(remove, [own.id, typed])).toMatchObject({
        code: 'PT422',
        message: 'name_differs',
        detail: { field: 'typed_name' },
      });
    }
    expect(await caller(admin).refusal(remove, [own.id, 'Careful'])).toMatchObject({ code: 'PT404' });
    expect(
      await caller(founder).refusal('update organizations set deleted_at = now() where id = $1', [own.id]),
    ).toMatchObject({ code: '42501' });
  });

  it('takes everything from everyone at once, tells them, and gives it back when restored', async () => {
    const { founder, own, member } = await doomed('Phoenix');
    const bystander = await colleague(database(), own, 'Co-admin', 'admin');
    await caller(founder).rows(remove, [own.id, ' Phoenix ']);
    for (const person of [founder, member]) {
      expect(await caller(person).rows('select id from organizations')).toEqual([]);
      expect(await caller(person).rows('select id from customers')).toEqual([]);
    }
    const told = await database().admin.rows<{ topic: string }>(
      `select topic from realtime.messages where event = 'membership_changed' and payload ->> 'org_id' = $1 and topic = $2`,
      [own.id, `user:${member.id}`],
    );
    expect(told.length).toBeGreaterThan(0);

    expect(await caller(member).rows('select * from deleted_organizations()')).toEqual([]);
    expect(await caller(member).refusal('select restore_organization($1)', [own.id])).toMatchObject({
      code: 'PT404',
    });
    expect(await caller(bystander).row('select name, deleted_by from deleted_organizations()')).toEqual({
      name: 'Phoenix',
      deleted_by: 'Founder of Phoenix',
    });
    expect(await caller(bystander).row('select restore_organization($1) as slug', [own.id])).toEqual({
      slug: own.slug,
    });
    expect(await caller(member).rows('select id from customers')).toHaveLength(1);
    expect(await caller(founder).rows('select * from deleted_organizations()')).toEqual([]);
  });

  it('is final after thirty days, and spares every other organisation', async () => {
    const { founder, own, member } = await doomed('Dust');
    const { brick } = await addBranch(database().owner, own);
    await database().owner.rows('update customers set territory_id = $2 where org_id = $1', [own.id, brick]);
    await database().owner.rows(
      'insert into territory_assignments (org_id, user_id, territory_id) values ($1, $2, $3)',
      [own.id, member.id, brick],
    );
    const kept = await doomed('Kept');
    await join(database(), kept.own, founder, ['viewer']);
    await caller(founder).rows(remove, [own.id, 'Dust']);
    await caller(kept.founder).rows(remove, [kept.own.id, 'Kept']);
    await database().owner.rows(
      `update organizations set deleted_at = now() - interval '30 days' where id = $1`,
      [own.id],
    );
    expect(await caller(founder).refusal('select restore_organization($1)', [own.id])).toMatchObject({
      code: 'PT404',
    });
    expect(await database().owner.row('select private.purge_organizations() as purged')).toEqual({
      purged: 1,
    });
    const tables = await database().owner.rows<{ name: string }>(
      `select table_name as name from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_schema = 'public' and column_name = 'org_id' and table_type = 'BASE TABLE' and table_name not like 'audit%'`,
    );
    for (const { name } of tables) {
      const rows = await database().owner.rows(`select org_id from ${name} where org_id = $1`, [own.id]);
      expect([name, rows.length]).toEqual([name, 0]);
    }
    await caller(kept.founder).rows('select restore_organization($1)', [kept.own.id]);
    expect(await caller(kept.member).rows('select id from customers')).toHaveLength(1);
    expect(await database().owner.rows('select id from profiles where id = $1', [member.id])).toHaveLength(1);
  });
});
