import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { editingAs } from './support/edits.ts';
import { colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Edits');
const { patch } = editingAs(caller);

const insert = async (table: string, columns: Record<string, unknown>) =>
  (
    await caller.row<{ id: string }>(
      `insert into ${table} (org_id, ${Object.keys(columns).join(', ')})
       values ($1, ${Object.keys(columns)
         .map((_, index) => `$${index + 2}`)
         .join(', ')}) returning id`,
      [organization.id, ...Object.values(columns)],
    )
  ).id;

describe('patch_record', () => {
  it.each([
    ['products', { name: 'Old' }, 'name', 'sku'],
    ['territories', { level: 'country', code: 'T', name: 'Old' }, 'name', 'name_ar'],
    ['client_types', { name: 'Old' }, 'name', null],
  ] as const)('merges edits of %s by field', async (table, columns, field, other) => {
    const id = await insert(table, columns);
    const second = await colleague(database(), organization, 'Second', 'admin');
    await patch(table, id, { [field]: 'Theirs' }, { [field]: 'Old' }, database().user(second));
    const mine = { [field]: 'Mine', ...(other && { [other]: 'Also mine' }) };
    const patched = await patch(table, id, mine, { [field]: 'Old', ...(other && { [other]: null }) });
    expect(patched.conflicts).toMatchObject([{ field, yours: 'Mine', theirs: 'Theirs', by: second.id }]);
    expect(patched.applied).toEqual(other ? [other] : []);
    expect(patched.record).toMatchObject({ [field]: 'Theirs', ...(other && { [other]: 'Also mine' }) });
  });

  it('changes memberships and profiles as their policies say', async () => {
    const second = await colleague(database(), organization, 'Second', 'sales');
    const { id } = await caller.row<{ id: string }>('select id from memberships where user_id = $1', [
      second.id,
    ]);
    const patched = await patch('memberships', id, { title: 'Lead' }, { title: null });
    expect(patched).toMatchObject({ applied: ['title'], record: { title: 'Lead' } });
    const refused = await database()
      .user(second)
      .refusal('select patch_record($1, $2, $3, $4)', [
        'memberships',
        id,
        { title: 'Boss' },
        { title: 'Lead' },
      ]);
    expect(refused).toMatchObject({ code: 'PT403' });
    const other = await database()
      .user(second)
      .refusal('select patch_record($1, $2, $3, $4)', [
        'profiles',
        admin.id,
        { first_name: 'X' },
        { first_name: 'Admin' },
      ]);
    expect(other.code).toMatch(/^PT40[34]$/);
  });

  it('merges what two people make of the organisation, and of what two windows make of one profile', async () => {
    const second = await colleague(database(), organization, 'Second', 'admin');
    await patch(
      'organizations',
      organization.id,
      { name: 'Theirs' },
      { name: 'Edits' },
      database().user(second),
    );
    const merged = await patch(
      'organizations',
      organization.id,
      { name: 'Mine', currency: 'CHF' },
      { name: 'Edits', currency: 'EUR' },
    );
    expect(merged).toMatchObject({
      applied: ['currency'],
      conflicts: [{ field: 'name', yours: 'Mine', theirs: 'Theirs', by: second.id, at: expect.any(String) }],
      record: { name: 'Theirs', currency: 'CHF' },
    });

    const { last_name, timezone } = await caller.row<Record<string, string>>(
      'select last_name, timezone from profiles where id = $1',
      [admin.id],
    );
    await patch('profiles', admin.id, { last_name: 'Elsewhere' }, { last_name });
    expect(
      await patch(
        'profiles',
        admin.id,
        // Neither colour is among those a profile may be given at its start.
        { last_name: 'Here', timezone: 'Africa/Cairo', avatar_color: '#123456' },
        { last_name, timezone, avatar_color: '#000000' },
      ),
    ).toMatchObject({
      applied: ['timezone'],
      conflicts: [
        { field: 'last_name', theirs: 'Elsewhere', at: expect.any(String) },
        { field: 'avatar_color', yours: '#123456' },
      ],
    });
  });

  it('opens nothing of the organisation, its settings or a profile to who may not change it', async () => {
    const viewer = await colleague(database(), organization, 'Viewer', 'viewer');
    const stranger = await signUp(database(), 'Stranger');
    const setting = await caller.row<{ id: string }>(
      `select id from settings where org_id = $1 and key = 'security.require_second_factor'`,
      [organization.id],
    );
    const attempt = (table: string, id: string, changes: object, as: Person) =>
      database().user(as).refusal('select patch_record($1, $2, $3, $4)', [table, id, changes, changes]);
    const name = { name: 'Hijacked' };
    expect(await attempt('organizations', organization.id, name, viewer)).toMatchObject({ code: 'PT403' });
    expect(await attempt('organizations', organization.id, name, stranger)).toMatchObject({ code: 'PT404' });
    expect(await attempt('settings', setting.id, { value: 'true' }, viewer)).toMatchObject({ code: 'PT403' });
    expect(await attempt('settings', setting.id, { value: 'true' }, stranger)).toMatchObject({
      code: 'PT404',
    });
    expect(await attempt('profiles', admin.id, { last_name: 'X' }, viewer)).toMatchObject({ code: 'PT403' });
    for (const [table, id, column] of [
      ['organizations', organization.id, { slug: 'other' }],
      ['organizations', organization.id, { deleted_at: '2026-01-01' }],
      ['settings', setting.id, { key: 'trash.retention_days' }],
      ['settings', setting.id, { org_id: randomUUID() }],
      ['profiles', admin.id, { email: 'other@test.example' }],
      ['profiles', admin.id, { id: viewer.id }],
    ] as const)
      expect(await attempt(table, id, column, admin)).toMatchObject({ message: 'unknown_field' });
    // Also by this path nobody locks the others out without a second factor of their own.
    expect(
      await caller.refusal('select patch_record($1, $2, $3, $4)', [
        'settings',
        setting.id,
        { value: 'true' },
        { value: 'false' },
      ]),
    ).toMatchObject({ message: 'second_factor_first' });
  });

  it('tells an addition that arrives twice by its id, and no stranger what that is', async () => {
    const row = [randomUUID(), organization.id, 'Compass', 'C-1'];
    const add = 'insert into products (id, org_id, name, sku) values ($1, $2, $3, $4)';
    await caller.rows(add, row);
    expect(await caller.refusal(add, row)).toMatchObject({
      code: '23505',
      message: expect.stringContaining('products_pkey'),
    });
    const stranger = await signUp(database(), 'Stranger');
    const own = await found(database(), stranger, 'Own');
    await database().user(stranger).refusal(add, [row[0], own.id, 'Guess', 'C-1']);
    expect(await database().user(stranger).rows('select * from products where id = $1', [row[0]])).toEqual(
      [],
    );
  });

  it('applies the same patch twice as if it were once', async () => {
    const id = await insert('products', { name: 'Old' });
    await patch('products', id, { name: 'New' }, { name: 'Old' });
    expect(await patch('products', id, { name: 'New' }, { name: 'Old' })).toMatchObject({
      applied: [],
      conflicts: [],
      record: { version: 2 },
    });
  });

  it('keeps to the rules of the table and to the permissions of the caller', async () => {
    const id = await insert('products', { name: 'Old', sku: 'A-1' });
    await insert('products', { name: 'Other', sku: 'A-2' });
    const refused = (changes: object, seen: object, as = caller) =>
      as.refusal('select patch_record($1, $2, $3, $4)', ['products', id, changes, seen]);
    expect(await refused({ sku: 'A-2' }, { sku: 'A-1' })).toMatchObject({
      code: 'PT409',
      message: 'already_taken',
      detail: { field: 'sku' },
    });
    expect(await refused({ unit_price: -1 }, {})).toMatchObject({
      code: 'PT422',
      detail: { field: 'unit_price' },
    });
    expect(await refused({ org_id: randomUUID() }, {})).toMatchObject({ message: 'unknown_field' });
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    expect(await refused({ name: 'X' }, { name: 'Old' }, database().user(seller))).toMatchObject({
      code: 'PT403',
      message: 'products_update_denied',
    });
    const stranger = await signUp(database(), 'Stranger');
    expect(await refused({ name: 'X' }, { name: 'Old' }, database().user(stranger))).toMatchObject({
      code: 'PT404',
      message: 'product_not_found',
    });
  });

  it.each(['interactions', 'audit_log', 'permissions', 'no_such_table', 'customers; drop table x', '', null])(
    'does not change %s',
    async (table) => {
      expect(
        await caller.refusal('select patch_record($1, $2, $3, $4)', [table, randomUUID(), { name: 'x' }, {}]),
      ).toMatchObject({ code: 'PT422', detail: { field: 'table_name' } });
    },
  );
});
