import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { colleague, found, join, type Organization, type Person, signUp } from './support/fixtures.ts';
import { untilWaiting } from './support/locks.ts';

const database = useDatabase();

describe('profiles', () => {
  it('are made at sign-up from what the person told', async () => {
    const person = await signUp(database(), 'Amira', {
      first_name: ' Amira ',
      last_name: 'Haddad',
      locale: 'ar',
      timezone: 'Africa/Cairo',
    });
    expect(
      await database()
        .user(person)
        .row('select first_name, last_name, locale, timezone, email from profiles where id = $1', [
          person.id,
        ]),
    ).toEqual({
      first_name: 'Amira',
      last_name: 'Haddad',
      locale: 'ar',
      timezone: 'Africa/Cairo',
      email: person.email,
    });
  });

  it.each([
    ['nothing', {}],
    ['wrong types', { first_name: 7, locale: ['x'], timezone: { a: 1 } }],
    ['nonsense', { first_name: 'x'.repeat(5000), locale: '<script>', timezone: 'Mars/Olympus' }],
    ['a zone by a rule, which browsers cannot read', { timezone: 'UTC+3' }],
    ['a zone by its abbreviation, which they cannot read either', { timezone: 'PDT' }],
    ['the zone that is none', { timezone: 'Factory' }],
  ])('survive metadata of %s', async (_, metadata) => {
    const person = await signUp(database(), 'Odd', metadata);
    expect(
      await database().owner.row('select locale, timezone from profiles where id = $1', [person.id]),
    ).toEqual({ locale: 'en', timezone: 'UTC' });
  });

  it('follow a change of the sign-in address', async () => {
    const person = await signUp(database(), 'Mover');
    await database().admin.rows('update auth.users set email = $2 where id = $1', [
      person.id,
      'new@tandem.example',
    ]);
    expect(await database().owner.row('select email from profiles where id = $1', [person.id])).toEqual({
      email: 'new@tandem.example',
    });
  });

  it('cannot be given another id, address or owner by the person', async () => {
    const person = await signUp(database(), 'Plain');
    expect(
      await database().user(person).refusal('update profiles set email = $1', ['boss@tandem.example']),
    ).toMatchObject({ code: '42501' });
    expect(
      await database().user(person).count(`update profiles set first_name = 'P' where id = $1`, [person.id]),
    ).toBe(1);
  });
});

describe('create_organization', () => {
  it('makes the caller admin of an organisation with system roles and settings', async () => {
    const founder = await signUp(database(), 'Founder');
    const organization = await found(database(), founder, 'Nile & Rhine Trading');
    expect(organization.slug).toBe('nile-rhine-trading');
    const caller = database().user(founder);
    const access = await caller.row<{
      access: { roles: string[]; permissions: { key: string; scope: string }[] };
    }>('select my_access($1) as access', [organization.id]);
    expect(access.access.roles).toEqual(['admin']);
    expect(access.access.permissions).toContainEqual({ key: 'customers:assign', scope: 'all' });
    expect(await caller.rows('select key from roles order by key')).toHaveLength(7);
    expect(
      await caller.rows('select value from organization_settings($1) where value <> default_value', [
        organization.id,
      ]),
    ).toEqual([]);
    expect(await caller.row(`select value from settings where key = 'products.active_limit'`)).toEqual({
      value: '3',
    });
  });

  it('finds an address for names that are taken, reserved or not in Latin letters', async () => {
    const founder = await signUp(database(), 'Namer');
    const slugs: string[] = [];
    for (const name of ['Zürich Möbel', 'Zürich Möbel', 'Sign in', 'شركة النيل', '- -']) {
      slugs.push((await found(database(), founder, name)).slug);
    }
    expect(slugs.slice(0, 3)).toEqual(['zurich-mobel', 'zurich-mobel-2', 'sign-in-2']);
    expect(slugs[3]).toMatch(/^organisation/);
    expect(new Set(slugs).size).toBe(5);
  });

  it('gives each of many at the same moment an address of its own', async () => {
    const founders = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => signUp(database(), `Racer ${n}`)));
    const made = await Promise.all(founders.map((founder) => found(database(), founder, 'Same Name')));
    expect(new Set(made.map((organization) => organization.slug)).size).toBe(6);
  });

  it.each([
    ['an empty name', '', 'EUR', 'name'],
    ['a name without a name', null, 'EUR', 'name'],
    ['a name of a novel', 'x'.repeat(121), 'EUR', 'name'],
    ['a currency in small letters', 'Fine', 'eur', 'currency'],
    ['no currency', 'Fine', null, 'currency'],
  ])('refuses %s', async (_, name, currency, field) => {
    const founder = await signUp(database(), 'Refused');
    expect(
      await database().user(founder).refusal('select create_organization($1, $2)', [name, currency]),
    ).toMatchObject({ code: 'PT422', message: 'invalid_value', detail: { field } });
  });

  it('stops at twenty per person', async () => {
    const founder = await signUp(database(), 'Collector');
    for (let n = 0; n < 20; n++) await found(database(), founder, `Collection ${n}`);
    expect(await database().user(founder).refusal(`select create_organization('One more')`)).toMatchObject({
      code: 'PT429',
      message: 'too_many_organizations',
      detail: { limit: 20 },
    });
  });

  it('is closed to those who are not signed in', async () => {
    expect(await database().as({ role: 'anon' }).refusal(`select create_organization('X')`)).toMatchObject({
      code: '42501',
    });
    expect(
      await database()
        .as({ role: 'authenticated', sub: randomUUID() })
        .refusal(`select create_organization('X')`),
    ).toMatchObject({ code: 'PT401', message: 'not_signed_in' });
  });
});

describe('members', () => {
  let admin: Person;
  let organization: Organization;
  beforeAll(async () => {
    admin = await signUp(database(), 'Admin');
    organization = await found(database(), admin, 'Guarded');
  });

  const roleId = async (key: string) =>
    (
      await database().owner.row<{ id: string }>('select id from roles where org_id = $1 and key = $2', [
        organization.id,
        key,
      ])
    ).id;

  it('always include an active admin', async () => {
    const caller = database().user(admin);
    const refused = { code: 'PT409', message: 'last_admin' };
    expect(await caller.refusal('delete from member_roles where user_id = $1', [admin.id])).toMatchObject(
      refused,
    );
    expect(
      await caller.refusal('update memberships set is_active = false where user_id = $1', [admin.id]),
    ).toMatchObject(refused);
    expect(await caller.refusal('delete from memberships where user_id = $1', [admin.id])).toMatchObject(
      refused,
    );
    expect(
      await database().owner.refusal('delete from memberships where user_id = $1', [admin.id]),
    ).toMatchObject(refused);
  });

  it('keep an admin when two admins demote each other at once', async () => {
    const other = await colleague(database(), organization, 'Other', 'admin');
    const first = await database().user(admin).begin();
    const second = await database().user(other).begin();
    await first.query('delete from member_roles where user_id = $1', [other.id]);
    const outcome = second.query('delete from member_roles where user_id = $1', [admin.id]).then(
      () => 'demoted',
      () => 'refused',
    );
    // It decides nothing before the first has.
    await untilWaiting(database(), 1);
    await first.commit();
    expect(await outcome).toBe('refused');
    await second.rollback();
  });

  it('get no role that allows more than the assigner may', async () => {
    const lead = await colleague(database(), organization, 'Lead', 'manager');
    const newcomer = await colleague(database(), organization, 'Newcomer', 'viewer');
    await database().owner.rows(
      `insert into role_permissions (org_id, role_id, permission) values ($1, $2, 'roles:assign')`,
      [organization.id, await roleId('manager')],
    );
    const assign = `insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)`;
    const caller = database().user(lead);
    expect(await caller.refusal(assign, [organization.id, newcomer.id, await roleId('admin')])).toMatchObject(
      {
        code: 'PT403',
        message: 'role_exceeds_yours',
        detail: { permissions: expect.arrayContaining(['members:delete']) },
      },
    );
    expect(await caller.refusal(assign, [organization.id, lead.id, await roleId('admin')])).toMatchObject({
      code: 'PT403',
    });
    expect(await caller.count(assign, [organization.id, newcomer.id, await roleId('sales')])).toBe(1);
    expect(
      await database().owner.row('select assigned_by from member_roles where user_id = $1 and role_id = $2', [
        newcomer.id,
        await roleId('sales'),
      ]),
    ).toEqual({ assigned_by: lead.id });
  });

  it('report to each other without a circle', async () => {
    const top = await colleague(database(), organization, 'Top', 'district_manager');
    const middle = await colleague(database(), organization, 'Middle', 'district_manager', top);
    const low = await colleague(database(), organization, 'Low', 'medical_rep', middle);
    expect(
      await database()
        .user(admin)
        .refusal('update memberships set manager_id = $2 where user_id = $1', [top.id, low.id]),
    ).toMatchObject({ code: 'PT422', message: 'reporting_cycle', detail: { field: 'manager_id' } });
  });

  it('may be erased with their account, the last admin included', async () => {
    const founder = await signUp(database(), 'Leaving');
    const left = await found(database(), founder, 'Left alone');
    expect(await database().admin.count('delete from auth.users where id = $1', [founder.id])).toBe(1);
    expect(await database().owner.rows('select from memberships where org_id = $1', [left.id])).toEqual([]);
  });

  it('hear of a colleague’s new name in every organisation', async () => {
    const person = await signUp(database(), 'Renamed');
    await join(database(), organization, person, ['viewer']);
    await database().user(person).rows(`update profiles set last_name = 'Adler' where id = $1`, [person.id]);
    expect(
      await database().owner.row('select version from memberships where user_id = $1', [person.id]),
    ).toEqual({
      version: 2,
    });
  });
});
