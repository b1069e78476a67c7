import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { refusalOf, useDatabase } from './support/database.ts';
import { colleague, found, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'Products');

async function add(name: string, active: boolean): Promise<string> {
  const { id } = await database()
    .user(admin)
    .row<{ id: string }>('insert into products (org_id, name, is_active) values ($1, $2, $3) returning id', [
      organization.id,
      name,
      active,
    ]);
  return id;
}

const activeCount = async () =>
  (
    await database().owner.row<{ count: number }>(
      'select count(*)::integer as count from products where org_id = $1 and is_active',
      [organization.id],
    )
  ).count;

describe('the limit of active products', () => {
  it('refuses a fourth one and names the three', async () => {
    for (const name of ['Ferrotin', 'Calmex', 'Dermalin']) await add(name, true);
    const fourth = await add('Novapril', false);
    const expected = {
      code: 'PT409',
      message: 'active_product_limit',
      hint: 'Only 3 products can be active at a time. Deactivate one of these first: Calmex, Dermalin, Ferrotin.',
      detail: { limit: 3, active: [{ name: 'Calmex' }, { name: 'Dermalin' }, { name: 'Ferrotin' }] },
    };
    const caller = database().user(admin);
    expect(await caller.refusal('select set_product_active($1, true)', [fourth])).toMatchObject(expected);
    expect(
      await caller.refusal('update products set is_active = true where id = $1', [fourth]),
    ).toMatchObject(expected);
    expect(
      await caller.refusal(`insert into products (org_id, name, is_active) values ($1, 'X', true)`, [
        organization.id,
      ]),
    ).toMatchObject(expected);
    expect(await activeCount()).toBe(3);
  });

  it('holds for one statement with many rows', async () => {
    expect(
      await database()
        .user(admin)
        .refusal(
          `insert into products (org_id, name, is_active) select $1, 'P' || n, true from generate_series(1, 4) as n`,
          [organization.id],
        ),
    ).toMatchObject({ code: 'PT409' });
    expect(await activeCount()).toBe(0);
  });

  it('holds under concurrent transactions', async () => {
    const products = [];
    for (let n = 0; n < 8; n++) products.push(await add(`Candidate ${n}`, false));
    const outcomes = await Promise.all(
      products.map((id) =>
        database()
          .user(admin)
          .rows('select set_product_active($1, true)', [id])
          .then(
            () => 'activated',
            (error: unknown) => refusalOf(error).message,
          ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'activated')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'active_product_limit')).toHaveLength(5);
    expect(await activeCount()).toBe(3);
  });

  it('waits for a transaction that has not committed yet', async () => {
    await add('A', true);
    await add('B', true);
    const [third, fourth] = [await add('C', false), await add('D', false)];
    const first = await database().user(admin).begin();
    await first.query('select set_product_active($1, true)', [third]);
    const waiting = database().user(admin).refusal('select set_product_active($1, true)', [fourth]);
    await first.commit();
    expect(await waiting).toMatchObject({ message: 'active_product_limit' });
  });

  it('lets another one in after one is deactivated, and leaves other organisations alone', async () => {
    const [first] = [await add('A', true), await add('B', true), await add('C', true)];
    await database().user(admin).rows('select set_product_active($1, false)', [first]);
    await add('D', true);
    const elsewhere = await found(database(), admin, 'Elsewhere');
    expect(
      await database()
        .user(admin)
        .count(`insert into products (org_id, name, is_active) values ($1, 'E', true)`, [elsewhere.id]),
    ).toBe(1);
  });

  it('follows the setting of the organisation', async () => {
    await database()
      .user(admin)
      .rows(`update settings set value = '1' where org_id = $1 and key = 'products.active_limit'`, [
        organization.id,
      ]);
    await add('A', true);
    expect(
      await database()
        .user(admin)
        .refusal(`insert into products (org_id, name, is_active) values ($1, 'B', true)`, [organization.id]),
    ).toMatchObject({
      hint: 'Only 1 product can be active at a time. Deactivate one of these first: A.',
    });
  });

  it('does not stand in the way of other changes to active products', async () => {
    const id = await add('A', true);
    await add('B', true);
    await add('C', true);
    expect(
      await database()
        .user(admin)
        .count(`update products set name = 'A2', is_active = true where id = $1`, [id]),
    ).toBe(1);
  });
});

describe('set_product_active', () => {
  it('tells not found from not allowed', async () => {
    const id = await add('A', false);
    const reader = await colleague(database(), organization, 'Reader', 'sales');
    const stranger = await signUp(database(), 'Stranger');
    const call = 'select set_product_active($1, $2)';
    expect(await database().user(reader).refusal(call, [id, true])).toMatchObject({
      code: 'PT403',
      message: 'products_update_denied',
    });
    expect(await database().user(stranger).refusal(call, [id, true])).toMatchObject({
      code: 'PT404',
      message: 'product_not_found',
    });
    expect(await database().user(admin).refusal(call, [randomUUID(), true])).toMatchObject({ code: 'PT404' });
    expect(await database().user(admin).refusal(call, [null, true])).toMatchObject({ code: 'PT404' });
    expect(await database().user(admin).refusal(call, [id, null])).toMatchObject({
      code: 'PT422',
      detail: { field: 'active' },
    });
  });
});

describe('categories', () => {
  it('are a tree', async () => {
    const caller = database().user(admin);
    const insert =
      'insert into product_categories (org_id, name, parent_id) values ($1, $2, $3) returning id';
    const top = await caller.row<{ id: string }>(insert, [organization.id, 'Top', null]);
    const below = await caller.row<{ id: string }>(insert, [organization.id, 'Below', top.id]);
    expect(
      await caller.refusal('update product_categories set parent_id = $2 where id = $1', [top.id, below.id]),
    ).toMatchObject({ code: 'PT422', message: 'category_cycle' });
  });
});
