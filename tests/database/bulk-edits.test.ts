import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { editingAs } from './support/edits.ts';
import { addCustomer, cards, colleague, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { organization, caller } = useOrganization(database, 'Bulk');
const { patch, bulk } = editingAs(caller);

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
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    expect(await bulk('trash', [{ id }], database().user(manager))).toMatchObject([
      { outcome: 'refused', error: { status: 404, code: 'record_not_found' } },
    ]);
    expect(await bulk('restore', [{ id }])).toMatchObject([{ outcome: 'changed', record: { id } }]);
  });

  it('takes what is sent again because its answer was lost, and says no word about it', async () => {
    const ids = [await addCustomer(caller, organization), await addCustomer(caller, organization)];
    const stranger = await signUp(database(), 'Stranger');
    const outcomes = async (kind: string, more: object = {}, by?: Requester) =>
      (
        await bulk(
          kind,
          ids.map((id) => ({ id, ...more })),
          by,
        )
      ).map(({ outcome }) => outcome);
    const there = { to: 'proposal', seen: 'lead' };
    expect(await outcomes('move', there)).toEqual(['changed', 'changed']);
    const order = await cards(caller, organization, 'proposal');
    expect(await outcomes('move', there)).toEqual(['unchanged', 'unchanged']);
    expect(await cards(caller, organization, 'proposal')).toEqual(order);
    const trashedAt = () =>
      database().owner.rows('select id, deleted_at from customers where deleted_at is not null');
    expect(await outcomes('trash')).toEqual(['changed', 'changed']);
    const before = await trashedAt();
    expect(await outcomes('trash')).toEqual(['changed', 'changed']);
    expect(await trashedAt()).toEqual(before);
    expect(await outcomes('restore')).toEqual(['changed', 'changed']);
    expect(await outcomes('restore')).toEqual(['unchanged', 'unchanged']);
    expect(await outcomes('restore', {}, database().user(stranger))).toEqual(['refused', 'refused']);
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
