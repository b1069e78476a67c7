import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, colleague, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Customers');

interface Patched {
  record: Record<string, unknown>;
  applied: string[];
  conflicts: { field: string; yours: unknown; theirs: unknown; by: string; at: string }[];
}

const patch = async (id: string, changes: object, seen: object, as: Requester = caller): Promise<Patched> =>
  (await as.row<{ patched: Patched }>('select patch_customer($1, $2, $3) as patched', [id, changes, seen]))
    .patched;

const refusedPatch = (id: string | null, changes: unknown, seen: unknown, as: Requester = caller) =>
  as.refusal('select patch_customer($1, $2, $3)', [id, JSON.stringify(changes), JSON.stringify(seen)]);

describe('patch_customer', () => {
  it('changes fields whose value is the one that was seen', async () => {
    const id = await addCustomer(caller, organization, { name: 'Old', expected_value: 1200 });
    const patched = await patch(
      id,
      { name: 'New', expected_value: 1500.5, tags: ['vip'], email: 'a@b.example' },
      { name: 'Old', expected_value: '1200.00', tags: [], email: null },
    );
    expect(patched.applied.toSorted()).toEqual(['email', 'expected_value', 'name', 'tags']);
    expect(patched.conflicts).toEqual([]);
    expect(patched.record).toMatchObject({
      name: 'New',
      expected_value: 1500.5,
      tags: ['vip'],
      version: 2,
      updated_by: admin.id,
    });
  });

  it('merges edits of different fields and returns both values of the same one', async () => {
    const id = await addCustomer(caller, organization, { name: 'Old', phone: '+49 30 1' });
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    await patch(id, { name: 'Theirs' }, { name: 'Old' }, database().user(seller));
    const patched = await patch(id, { name: 'Mine', phone: '+49 30 2' }, { name: 'Old', phone: '+49 30 1' });
    expect(patched.applied).toEqual(['phone']);
    expect(patched.conflicts).toMatchObject([
      { field: 'name', yours: 'Mine', theirs: 'Theirs', by: seller.id },
    ]);
    expect(patched.record).toMatchObject({ name: 'Theirs', phone: '+49 30 2' });
  });

  it('has no conflict when both made the same change, and changes nothing then', async () => {
    const id = await addCustomer(caller, organization, { name: 'Old' });
    await patch(id, { name: 'Same' }, { name: 'Old' });
    const again = await patch(id, { name: 'Same' }, { name: 'Old' });
    expect(again).toMatchObject({ applied: [], conflicts: [], record: { version: 2 } });
  });

  it('never overwrites a value that was not seen', async () => {
    const id = await addCustomer(caller, organization, { name: 'Old', email: 'a@b.example' });
    expect((await patch(id, { email: null }, {})).conflicts).toMatchObject([
      { field: 'email', theirs: 'a@b.example' },
    ]);
  });

  it('loses no edit when two people save at the same moment', async () => {
    const id = await addCustomer(caller, organization, { name: 'Old' });
    const first = await caller.begin();
    await first.query('select patch_customer($1, $2, $3)', [id, { name: 'First' }, { name: 'Old' }]);
    const second = patch(id, { name: 'Second', phase: 'Pilot' }, { name: 'Old', phase: null });
    await first.commit();
    expect(await second).toMatchObject({
      applied: ['phase'],
      conflicts: [{ field: 'name', theirs: 'First' }],
    });
  });

  it.each([
    'status',
    'board_rank',
    'org_id',
    'version',
    'created_by',
    'deleted_at',
    'nonsense',
    'name; drop table customers',
  ])('does not change %s', async (field) => {
    const id = await addCustomer(caller, organization);
    expect(await refusedPatch(id, { [field]: 'x' }, {})).toMatchObject({
      code: 'PT400',
      message: 'unknown_field',
      detail: { field },
    });
  });

  it.each([
    ['name', '', 'name'],
    ['name', '   ', 'name'],
    ['name', null, 'name'],
    ['name', 'x'.repeat(201), 'name'],
    ['name', { a: 1 }, 'name'],
    ['email', 'not an address', 'email'],
    ['phone', 'call me', 'phone'],
    ['grade', 'D', 'grade'],
    ['expected_value', -1, 'expected_value'],
    ['expected_value', 'NaN', 'expected_value'],
    ['expected_value', 1e13, 'expected_value'],
    ['expected_value', 'much', 'expected_value'],
    ['currency', 'euro', 'currency'],
    ['latitude', 91, 'latitude'],
    ['tags', 'vip', 'tags'],
    ['tags', [' vip'], 'tags'],
    ['tags', [null], 'tags'],
    ['tags', [['a'], ['b']], 'tags'],
    ['tags', Array.from({ length: 31 }, (_, n) => `t${n}`), 'tags'],
    ['contract_end_date', 'infinity', 'contract_end_date'],
    ['contract_end_date', '2026-02-30', 'contract_end_date'],
    ['custom_fields', [1], 'custom_fields'],
    ['custom_fields', { big: 'x'.repeat(20_000) }, 'custom_fields'],
    ['product_id', 'not-a-uuid', 'product_id'],
    ['product_id', randomUUID(), 'product_id'],
    ['is_archived', 'perhaps', 'is_archived'],
  ])('refuses %s = %j', async (field, value, named) => {
    const id = await addCustomer(caller, organization, { name: 'Seen' });
    expect(
      await refusedPatch(
        id,
        { [field]: value },
        field === 'name'
          ? { name: 'Seen' }
          : { currency: 'EUR', tags: [], custom_fields: {}, is_archived: false },
      ),
    ).toMatchObject({
      code: 'PT422',
      message: 'invalid_value',
      detail: { field: named },
    });
  });

  it('refuses dates in the wrong order, naming the one that was sent', async () => {
    const id = await addCustomer(caller, organization);
    await patch(id, { contract_start_date: '2026-05-01' }, {});
    expect(await refusedPatch(id, { contract_end_date: '2026-04-01' }, {})).toMatchObject({
      detail: { field: 'contract_end_date', rule: 'customers_contract_dates_order' },
    });
  });

  it('refuses what is not a patch', async () => {
    const id = await addCustomer(caller, organization);
    for (const [changes, seen] of [
      [{}, {}],
      [[], {}],
      ['x', {}],
      [{ name: 'x' }, null],
      [null, {}],
    ]) {
      expect(await refusedPatch(id, changes, seen)).toMatchObject({
        code: 'PT400',
        message: 'invalid_patch',
      });
    }
  });

  it('reads a patch that a gateway encoded twice', async () => {
    const id = await addCustomer(caller, organization, { name: 'Old' });
    const twice = (value: object) => JSON.stringify(JSON.stringify(value));
    const { patched } = await caller.row<{ patched: Patched }>(
      'select patch_customer($1, $2, $3) as patched',
      [id, twice({ name: 'New' }), twice({ name: 'Old' })],
    );
    expect(patched.applied).toEqual(['name']);
  });

  it('tells not found from not allowed', async () => {
    const id = await addCustomer(caller, organization);
    const viewer = await colleague(database(), organization, 'Viewer', 'viewer');
    const stranger = await signUp(database(), 'Stranger');
    expect(await refusedPatch(id, { name: 'X' }, {}, database().user(viewer))).toMatchObject({
      code: 'PT403',
      message: 'customers_update_denied',
    });
    expect(await refusedPatch(id, { name: 'X' }, {}, database().user(stranger))).toMatchObject({
      code: 'PT404',
      message: 'customer_not_found',
    });
    expect(await refusedPatch(null, { name: 'X' }, {})).toMatchObject({ code: 'PT404' });
  });
});

describe('the owner of a customer', () => {
  it('is whoever adds it, unless they name another', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const id = await addCustomer(database().user(rep), organization);
    expect(await caller.row('select owner_id, created_by from customers where id = $1', [id])).toEqual({
      owner_id: rep.id,
      created_by: rep.id,
    });
  });

  it('is changed only with customers:assign, within its reach', async () => {
    const lead = await colleague(database(), organization, 'Lead', 'district_manager');
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep', lead);
    const other = await colleague(database(), organization, 'Other', 'medical_rep');
    const id = await addCustomer(database().user(rep), organization);
    const denied = { code: 'PT403', message: 'customers_assign_denied', detail: { field: 'owner_id' } };
    expect(
      await refusedPatch(id, { owner_id: lead.id }, { owner_id: rep.id }, database().user(rep)),
    ).toMatchObject(denied);
    expect(
      await refusedPatch(id, { owner_id: other.id }, { owner_id: rep.id }, database().user(lead)),
    ).toMatchObject(denied);
    expect(
      await database()
        .user(rep)
        .refusal('insert into customers (org_id, name, owner_id) values ($1, $2, $3)', [
          organization.id,
          'X',
          other.id,
        ]),
    ).toMatchObject(denied);
    expect(
      (await patch(id, { owner_id: lead.id }, { owner_id: rep.id }, database().user(lead))).applied,
    ).toEqual(['owner_id']);
    expect((await patch(id, { owner_id: other.id }, { owner_id: lead.id })).applied).toEqual(['owner_id']);
    expect((await patch(id, { owner_id: null }, { owner_id: other.id })).applied).toEqual(['owner_id']);
  });

  it('is an active member', async () => {
    const id = await addCustomer(caller, organization);
    const former = await colleague(database(), organization, 'Former', 'sales');
    await caller.rows('update memberships set is_active = false where user_id = $1', [former.id]);
    const stranger = await signUp(database(), 'Stranger');
    for (const owner of [former, stranger]) {
      expect(await refusedPatch(id, { owner_id: owner.id }, { owner_id: admin.id })).toMatchObject({
        code: 'PT422',
        message: 'owner_inactive',
      });
    }
  });

  it('is nobody once the owner leaves the organisation', async () => {
    const leaver = await colleague(database(), organization, 'Leaver', 'sales');
    const id = await addCustomer(database().user(leaver), organization);
    await caller.rows('delete from memberships where user_id = $1', [leaver.id]);
    expect(await caller.row('select owner_id from customers where id = $1', [id])).toEqual({
      owner_id: null,
    });
  });
});

describe('delete_customer', () => {
  it('hides the customer from everyone and keeps the row', async () => {
    const id = await addCustomer(caller, organization);
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    expect(await database().user(seller).refusal('select delete_customer($1)', [id])).toMatchObject({
      code: 'PT403',
      message: 'customers_delete_denied',
    });
    await caller.rows('select delete_customer($1)', [id]);
    expect(await caller.rows('select from customers where id = $1', [id])).toEqual([]);
    expect(await caller.refusal('select delete_customer($1)', [id])).toMatchObject({ code: 'PT404' });
    expect(await refusedPatch(id, { name: 'X' }, {})).toMatchObject({ code: 'PT404' });
    expect(await database().owner.row('select deleted_by from customers where id = $1', [id])).toEqual({
      deleted_by: admin.id,
    });
  });

  it('is the only way: rows cannot be deleted by clients', async () => {
    const id = await addCustomer(caller, organization);
    expect(await caller.refusal('delete from customers where id = $1', [id])).toMatchObject({
      code: '42501',
    });
  });
});

describe('a customer', () => {
  it('keeps identity, origin and version whatever is written', async () => {
    const id = await addCustomer(caller, organization);
    await database().owner.rows(
      `update customers set id = gen_random_uuid(), created_at = 'epoch', created_by = null, version = 99, updated_at = 'epoch' where id = $1`,
      [id],
    );
    expect(
      await caller.row(
        `select version, created_by, created_at > 'epoch' as dated, updated_at > 'epoch' as stamped from customers where id = $1`,
        [id],
      ),
    ).toEqual({ version: 2, created_by: admin.id, dated: true, stamped: true });
  });

  it('does not count an update that changes nothing', async () => {
    const id = await addCustomer(caller, organization, { name: 'Same' });
    await caller.rows(`update customers set name = 'Same' where id = $1`, [id]);
    expect(await caller.row('select version from customers where id = $1', [id])).toEqual({ version: 1 });
  });

  it('is dated when it is archived, and no longer when it comes back', async () => {
    const id = await addCustomer(caller, organization);
    await caller.rows('update customers set is_archived = true where id = $1', [id]);
    expect(
      await caller.row('select archived_at is not null as dated from customers where id = $1', [id]),
    ).toEqual({ dated: true });
    await caller.rows('update customers set is_archived = false where id = $1', [id]);
    expect(await caller.row('select archived_at from customers where id = $1', [id])).toEqual({
      archived_at: null,
    });
  });

  it('keeps its place free for when it comes back from the archive', async () => {
    const archived = await addCustomer(caller, organization, { name: 'archived' });
    await caller.rows('update customers set is_archived = true where id = $1', [archived]);
    await addCustomer(caller, organization, { name: 'new' });
    await caller.rows('update customers set is_archived = false where id = $1', [archived]);
    expect(await caller.rows(`select name from board_cards($1, 'lead')`, [organization.id])).toEqual([
      { name: 'new' },
      { name: 'archived' },
    ]);
  });

  it('outlives its product and loses only the label', async () => {
    const product = await caller.row<{ id: string }>(
      `insert into products (org_id, name) values ($1, 'P') returning id`,
      [organization.id],
    );
    const id = await addCustomer(caller, organization, { product_id: product.id });
    await caller.rows('delete from products where id = $1', [product.id]);
    expect(await caller.row('select product_id, org_id from customers where id = $1', [id])).toEqual({
      product_id: null,
      org_id: organization.id,
    });
  });
});
