import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, cards, colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Edits');

interface Conflict {
  field: string;
  yours: unknown;
  theirs: unknown;
  by: string | null;
}
interface Result {
  id: string;
  outcome: string;
  record?: Record<string, unknown>;
  conflicts?: Conflict[];
  error?: { status: number; code: string };
}

const patch = async (table: string, id: string, changes: object, seen: object, as: Requester = caller) =>
  (
    await as.row<{
      patched: { record: Record<string, unknown>; applied: string[]; conflicts: Conflict[] };
    }>('select patch_record($1, $2, $3, $4) as patched', [table, id, changes, seen])
  ).patched;

const bulk = async (kind: string, items: unknown, as: Requester = caller) =>
  (await as.row<{ results: Result[] }>('select bulk_edit($1, $2) as results', [kind, JSON.stringify(items)]))
    .results;

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
        { last_name: 'Here', timezone: 'Africa/Cairo', avatar_color: '#0f766e' },
        { last_name, timezone, avatar_color: '#000000' },
      ),
    ).toMatchObject({
      applied: ['timezone'],
      conflicts: [
        { field: 'last_name', theirs: 'Elsewhere', at: expect.any(String) },
        { field: 'avatar_color', yours: '#0f766e' },
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

describe('bulk_edit', () => {
  it('changes what it may, and tells for each record what became of it', async () => {
    const ids = await Promise.all(
      ['First', 'Second', 'Third'].map((name) => addCustomer(caller, organization, { name })),
    );
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    await patch('customers', ids[1] ?? '', { phase: 'Theirs' }, { phase: null }, database().user(manager));
    const unknown = randomUUID();
    const results = await bulk('patch', [
      ...ids.slice(0, 2).map((id) => ({ id, changes: { phase: 'Mine' }, seen: { phase: null } })),
      { id: ids[2], changes: { grade: 'Z' }, seen: { grade: null } },
      { id: unknown, changes: { phase: 'Mine' }, seen: { phase: null } },
    ]);
    expect(results).toMatchObject([
      { id: ids[0], outcome: 'changed', record: { phase: 'Mine', version: 2 } },
      {
        id: ids[1],
        outcome: 'conflict',
        conflicts: [{ field: 'phase', theirs: 'Theirs', by: manager.id }],
      },
      { id: ids[2], outcome: 'refused', error: { status: 422, code: 'invalid_value' } },
      { id: unknown, outcome: 'refused', error: { status: 404, code: 'customer_not_found' } },
    ]);
  });

  it('moves cards in their order, and back to where each was', async () => {
    const ids: Record<string, string> = {};
    for (const name of ['D', 'C', 'B', 'A']) ids[name] = await addCustomer(caller, organization, { name });
    const there = ['D', 'B'].map((name) => ({ id: ids[name], to: 'proposal', seen: 'lead' }));
    expect((await bulk('move', there)).map(({ outcome }) => outcome)).toEqual(['changed', 'changed']);
    expect(await cards(caller, organization, 'proposal')).toEqual(['B', 'D']);
    await bulk('move', [
      { id: ids.B, to: 'lead', seen: 'proposal', after: ids.A },
      { id: ids.D, to: 'lead', seen: 'proposal', after: ids.C },
    ]);
    expect(await cards(caller, organization, 'lead')).toEqual(['A', 'B', 'C', 'D']);
  });

  it('leaves a card that somebody moved meanwhile, and says who did', async () => {
    const [first, second] = [
      await addCustomer(caller, organization),
      await addCustomer(caller, organization, { name: 'B' }),
    ];
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    await database().user(seller).rows('select move_customer($1, $2)', [first, 'negotiation']);
    const results = await bulk(
      'move',
      [first, second].map((id) => ({ id, to: 'proposal', seen: 'lead' })),
    );
    expect(results).toMatchObject([
      {
        outcome: 'conflict',
        conflicts: [{ field: 'status', yours: 'proposal', theirs: 'negotiation', by: seller.id }],
      },
      { outcome: 'changed', record: { status: 'proposal' } },
    ]);
  });

  it('puts records into the trash and takes them out, each by the permission for it', async () => {
    const id = await addCustomer(caller, organization);
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    expect(await bulk('trash', [{ id }], database().user(seller))).toMatchObject([
      { outcome: 'refused', error: { status: 403, code: 'customers_delete_denied' } },
    ]);
    expect(await bulk('trash', [{ id }])).toMatchObject([{ outcome: 'changed' }]);
    expect(await cards(caller, organization, 'lead')).toEqual([]);
    expect(await bulk('trash', [{ id }])).toMatchObject([
      { outcome: 'refused', error: { status: 404, code: 'record_not_found' } },
    ]);
    expect(await bulk('restore', [{ id }])).toMatchObject([{ outcome: 'changed', record: { id } }]);
  });

  it('announces each of more than fifty records with its content', async () => {
    const ids = [];
    for (let n = 0; n < 60; n++) ids.push(await addCustomer(caller, organization, { name: `Customer ${n}` }));
    const announced = () =>
      database().admin.row<{ changes: number; bulks: number }>(
        `select count(distinct payload ->> 'id') filter (where event = 'change' and payload ->> 'version' = '2')::integer as changes,
           count(*) filter (where event = 'bulk')::integer as bulks
         from realtime.messages where topic = $1`,
        [`org:${organization.id}:customers`],
      );
    await bulk(
      'patch',
      ids.map((id) => ({ id, changes: { phase: 'Pilot' }, seen: { phase: null } })),
    );
    expect(await announced()).toEqual({ changes: 60, bulks: 0 });
  });

  it('loses nothing when two people edit the same records at once, in opposite order', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await addCustomer(caller, organization, { name: `Customer ${n}` }));
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    const edit = (field: string, order: string[], as: Requester) =>
      bulk(
        'patch',
        order.map((id) => ({ id, changes: { [field]: 'Set' }, seen: { [field]: null } })),
        as,
      );
    await Promise.all([
      edit('phase', ids, caller),
      edit('address', ids.toReversed(), database().user(manager)),
    ]);
    const rows = await caller.rows('select from customers where phase = $1 and address = $1', ['Set']);
    expect(rows).toHaveLength(20);
  });

  it.each([
    ['an unknown kind', ['explode', '[]', 'customers'], 'PT422', 'kind'],
    ['no kind', [null, '[]', 'customers'], 'PT422', 'kind'],
    ['a move of something else', ['move', '[]', 'products'], 'PT422', 'kind'],
    ['an unknown table', ['patch', '[]', 'pg_class'], 'PT422', 'table_name'],
    ['no list', ['patch', '{"id": 1}', 'customers'], 'PT422', 'items'],
    ['nothing', ['patch', null, 'customers'], 'PT422', 'items'],
    ['a list of numbers', ['patch', '[1, null]', 'customers'], 'PT422', 'items'],
    ['an id that is none', ['patch', '[{"id": "x"}]', 'customers'], 'PT422', 'items'],
    [
      'more than it takes',
      ['trash', JSON.stringify(Array.from({ length: 201 }, () => ({ id: randomUUID() }))), 'customers'],
      'PT413',
      undefined,
    ],
  ])('refuses %s', async (_, values, code, field) => {
    const refusal = await caller.refusal('select bulk_edit($1, $2, $3)', values);
    expect(refusal.code).toBe(code);
    if (field) expect(refusal.detail).toMatchObject({ field });
  });

  it.each([
    ['a patch without changes', 'patch', {}],
    ['a move to nowhere', 'move', { to: 'moon' }],
    ['a move beside nobody', 'move', { to: 'proposal', after: 'nobody' }],
    ['changes that are none', 'patch', { changes: [1], seen: 'x' }],
  ])('tells %s without failing', async (_, kind, item) => {
    const id = await addCustomer(caller, organization);
    const [result] = await bulk(kind, [{ id, ...item }]);
    expect(result?.outcome).toBe('refused');
    expect(result?.error?.status).toBeGreaterThanOrEqual(400);
    expect(result?.error?.status).toBeLessThan(500);
  });
});
