import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase } from './support/database.ts';
import { addCustomer, colleague, join, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { rolesOf, saveSql } from './support/roles.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'Roles', beforeAll);
const { caller, saveValues, save, refused, allowedBy, roleOf, give, holderOf } = rolesOf(
  database,
  organization,
  admin,
);

describe('a custom role', () => {
  it('is made, changed and holds for who has it at the next statement', async () => {
    const role = await save({
      name: ' Key account ',
      description: 'Looks after few.',
      allows: { 'customers:read': 'own', 'customers:update': 'own' },
    });
    expect(role.name).toBe('Key account');
    const person = await signUp(database(), 'Kim');
    await join(database(), organization, person, []);
    await give(person, role, caller());
    const theirs = await addCustomer(database().owner, organization, { owner_id: admin.id });
    const mine = await addCustomer(database().owner, organization, { owner_id: person.id });
    const seen = async () =>
      (await caller(person).rows<{ id: string }>('select id from customers')).map(({ id }) => id).toSorted();
    expect(await seen()).toEqual([mine]);

    const wider = await save({ ...role, allows: { 'customers:read': 'all' } });
    expect(wider.version).toBe(role.version + 1);
    expect(await seen()).toEqual([mine, theirs].toSorted());
    expect(
      await caller(person).refusal(`select patch_customer($1, '{"name": "New"}', '{"name": "Old"}')`, [mine]),
    ).toMatchObject({ message: 'customers_update_denied' });

    await save({ ...wider, allows: {} });
    expect(await seen()).toEqual([]);
  });

  it('saved as it is changes nothing', async () => {
    const role = await save({ name: 'Same', allows: { 'products:read': 'all' } });
    expect((await save({ ...role, allows: { 'products:read': 'all' } })).version).toBe(role.version);
  });

  it('is deleted when nobody holds it, otherwise once people have another', async () => {
    const unused = await save({ name: 'Unused' });
    const remove = 'select delete_role($1, $2, $3, $4) as holders';
    expect(await caller().row(remove, [organization.id, unused.id, unused.version, null])).toEqual({
      holders: 0,
    });

    const held = await holderOf({ 'products:read': 'all' });
    const values = [organization.id, held.role.id, held.role.version];
    await caller().rows(`select invite_member($1, 'invited@tandem.example', $2)`, [
      organization.id,
      held.role.id,
    ]);
    expect(await caller().refusal(remove, [...values, null])).toMatchObject({
      code: 'PT409',
      message: 'role_held',
      detail: { holders: 1, invitations: 1 },
    });
    for (const other of [held.role.id, '00000000-0000-4000-8000-000000000000']) {
      expect(await caller().refusal(remove, [...values, other])).toMatchObject({
        code: 'PT422',
        detail: { field: 'reassign_to' },
      });
    }
    const viewer = await roleOf('viewer');
    expect(await caller().row(remove, [...values, viewer.id])).toEqual({ holders: 1 });
    const given = { role_id: viewer.id };
    expect(
      await database().owner.rows('select role_id, assigned_by from member_roles where user_id = $1', [
        held.id,
      ]),
    ).toEqual([{ ...given, assigned_by: admin.id }]);
    expect(
      await database().owner.row(`select role_id from invitations where email = 'invited@tandem.example'`),
    ).toEqual(given);
  });

  it('keeps a name of its own, whatever its case and accents', async () => {
    const role = await save({ name: 'Équipe' });
    for (const name of ['équipe', 'EQUIPE', 'Administrator']) {
      expect(await refused({ name })).toMatchObject({
        code: 'PT409',
        message: 'already_taken',
        detail: { field: 'name' },
      });
    }
    expect(await save({ ...role, name: 'équipe' })).toMatchObject({ name: 'équipe' });
  });

  it.each([
    [{ name: ' \u200b ' }, 'invalid_value', 'name'],
    [{ name: 'x'.repeat(81) }, 'invalid_value', 'name'],
    [{ name: 'Long', description: 'x'.repeat(501) }, 'invalid_value', 'description'],
    [{ name: 'List', allows: ['customers:read'] }, 'invalid_value', 'permissions'],
    [{ name: 'Unknown', allows: { 'customers:eat': 'all' } }, 'unknown_permission', 'permissions'],
    [{ name: 'Scope', allows: { 'customers:read': 'some' } }, 'invalid_scope', 'permissions'],
    [{ name: 'Null', allows: { 'customers:read': null } }, 'invalid_scope', 'permissions'],
    [{ name: 'Unscoped', allows: { 'settings:update': 'own' } }, 'invalid_scope', 'permissions'],
  ])('refuses %j', async (wanted, message, field) => {
    expect(await refused(wanted)).toMatchObject({ code: 'PT422', message, detail: { field } });
  });

  it('answers garbage with words about the request', async () => {
    const texts = fc.option(fc.string({ unit: 'binary', maxLength: 100 }));
    const allows = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('customers:read', 'settings:update', ''), fc.jsonValue()),
    );
    await fc.assert(
      fc.asyncProperty(texts, texts, allows, async (name, description, allowed) => {
        const transaction = await caller().begin();
        try {
          await transaction.query(saveSql, [
            organization.id,
            null,
            name?.replaceAll('\0', '') ?? null,
            description?.replaceAll('\0', '') ?? null,
            JSON.stringify(allowed),
            null,
          ]);
        } catch (error) {
          expect(refusalOf(error).code).toMatch(/^(PT4\d\d|22P05|22P02)$/);
        } finally {
          await transaction.rollback();
        }
      }),
      { numRuns: 120 },
    );
  });
});

describe('two admins at once', () => {
  it('who change one role: the second learns of the first', async () => {
    const other = await colleague(database(), organization, 'Omar', 'admin');
    const role = await save({ name: 'Contested' });
    const first = await caller(other).begin();
    await first.query(saveSql, saveValues({ ...role, allows: { 'customers:read': 'all' } }));
    const second = refused({ ...role, allows: { 'products:read': 'all' } });
    await first.commit();
    expect(await second).toMatchObject({
      code: 'PT409',
      message: 'role_changed',
      detail: { by: other.id, version: role.version + 1 },
    });
    expect(await allowedBy(role)).toEqual({ 'customers:read': 'all' });
  });

  it('who choose one name: one of them gets it', async () => {
    const answers = await Promise.allSettled([save({ name: 'Twin' }), save({ name: 'twin' })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('one deletes what the other hands out: nobody is left without a role', async () => {
    const role = await save({ name: 'Going' });
    const person = await signUp(database(), 'Late');
    await join(database(), organization, person, []);
    const assigning = await caller().begin();
    await assigning.query('insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)', [
      organization.id,
      person.id,
      role.id,
    ]);
    const deleting = caller().refusal('select delete_role($1, $2, $3)', [
      organization.id,
      role.id,
      role.version,
    ]);
    await assigning.commit();
    expect(await deleting).toMatchObject({ message: 'role_held', detail: { holders: 1 } });
  });
});

describe('system roles', () => {
  it('stay as they are, whoever asks', async () => {
    const viewer = await roleOf('viewer');
    expect(await refused({ ...viewer, name: 'Onlooker' })).toMatchObject({
      code: 'PT409',
      message: 'role_fixed',
    });
    expect(
      await caller().refusal('select delete_role($1, $2, $3)', [organization.id, viewer.id, viewer.version]),
    ).toMatchObject({ message: 'role_fixed' });
    const service = database().as({ role: 'service_role' });
    for (const sql of ['delete from roles where id = $1', `update roles set name = 'X' where id = $1`]) {
      expect(await service.refusal(sql, [viewer.id])).toMatchObject({ message: 'role_fixed' });
    }
  });
});

describe('role_counts', () => {
  it('counts active members', async () => {
    const { role, ...person } = await holderOf({ 'products:read': 'all' });
    const holders = async () =>
      (
        await caller().rows<{ holders: string }>('select holders from role_counts($1) where role_id = $2', [
          organization.id,
          role.id,
        ])
      ).map((row) => Number(row.holders));
    expect(await holders()).toEqual([1]);
    await caller().rows('update memberships set is_active = false where org_id = $1 and user_id = $2', [
      organization.id,
      person.id,
    ]);
    expect(await holders()).toEqual([]);
  });
});
