import { describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, cards, colleague, found, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch } from './support/territories.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Board');

describe('board_cards', () => {
  it('pages by rank without skipping or repeating', async () => {
    await caller.rows(
      `insert into customers (org_id, name) select $1, 'Card ' || n from generate_series(1, 25) as n`,
      [organization.id],
    );
    const names: string[] = [];
    let last: { board_rank: string; id: string } | undefined;
    for (;;) {
      const page = await caller.rows<{ name: string; board_rank: string; id: string }>(
        'select * from board_cards($1, $2, $3, $4, 10)',
        [organization.id, 'lead', last?.board_rank ?? null, last?.id ?? null],
      );
      names.push(...page.map((card) => card.name));
      last = page.at(-1);
      if (page.length < 10) break;
    }
    expect(names).toEqual(Array.from({ length: 25 }, (_, n) => `Card ${25 - n}`));
  });

  it('leaves out archived, trashed and foreign cards and applies the filters', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const elsewhere = await found(database(), admin, 'Elsewhere');
    await addCustomer(caller, elsewhere, { name: 'foreign' });
    await addCustomer(caller, organization, { name: 'archived', is_archived: true });
    const trashed = await addCustomer(caller, organization, { name: 'trashed' });
    await caller.rows('select delete_customer($1)', [trashed]);
    await addCustomer(caller, organization, {
      name: 'Café Zürich',
      tags: ['vip'],
      acquisition_source: 'Fair',
      expected_value: 100,
    });
    await addCustomer(caller, organization, { name: 'Rep’s', owner_id: rep.id, expected_value: 50 });
    await database().owner.rows(`insert into customers (org_id, name) values ($1, 'Nobody’s')`, [
      organization.id,
    ]);

    const filtered = async (filter: string, value: unknown) =>
      (
        await caller.rows<{ name: string }>(`select name from board_cards($1, 'lead', ${filter} => $2)`, [
          organization.id,
          value,
        ])
      ).map((row) => row.name);
    expect(await cards(caller, organization, 'lead')).toEqual(['Nobody’s', 'Rep’s', 'Café Zürich']);
    expect(await filtered('tags', ['vip', 'other'])).toEqual(['Café Zürich']);
    expect(await filtered('sources', ['Fair'])).toEqual(['Café Zürich']);
    expect(await filtered('owner_ids', [rep.id])).toEqual(['Rep’s']);
    expect(await filtered('owner_ids', [rep.id, null])).toEqual(['Nobody’s', 'Rep’s']);
    expect(await filtered('search', 'cafe zur')).toEqual(['Café Zürich']);
    expect(await filtered('search', '  ')).toHaveLength(3);
    expect(await filtered('page_size', -5)).toHaveLength(1);
    const other = await addCustomer(caller, organization, { name: 'Qualified', status: 'qualified' });
    const top = async (who: Requester, filter = '', ...values: unknown[]) =>
      (
        await who.rows<{ name: string }>(`select name from board_top($1, 2${filter})`, [
          organization.id,
          ...values,
        ])
      ).map((row) => row.name);
    expect(await top(caller), 'so many of each column').toEqual(['Nobody’s', 'Rep’s', 'Qualified']);
    expect(await top(caller, ', tags => $2', ['vip'])).toEqual(['Café Zürich']);
    expect(await top(database().user(rep))).toEqual(['Rep’s']);
    await caller.rows('select delete_customer($1)', [other]);

    for (const filter of ['owner_ids', 'product_ids', 'territory_ids']) {
      const nested = await caller.refusal(`select * from board_cards($1, 'lead', ${filter} => $2)`, [
        organization.id,
        [[rep.id], [admin.id]],
      ]);
      expect(nested).toMatchObject({ code: 'PT400', message: 'invalid_value', detail: { field: filter } });
    }

    const summary = `select status, currency, customers::integer, total_value::float from board_summary($1)`;
    expect(await caller.rows(summary, [organization.id])).toEqual([
      { status: 'lead', currency: 'EUR', customers: 3, total_value: 150 },
    ]);
    expect(await database().user(rep).rows(summary, [organization.id])).toEqual([
      { status: 'lead', currency: 'EUR', customers: 1, total_value: 50 },
    ]);
    expect(await cards(database().user(rep), organization, 'lead')).toEqual(['Rep’s']);
    const stranger = database().user(await signUp(database(), 'Stranger'));
    expect(await stranger.rows(summary, [organization.id])).toEqual([]);
    expect(await cards(stranger, organization, 'lead')).toEqual([]);
  });

  it('narrows to parts of the map with all below them, on the page and in the sums alike', async () => {
    const [here, there] = [
      await addBranch(database().owner, organization),
      await addBranch(database().owner, organization),
    ];
    await addCustomer(caller, organization, { name: 'here', territory_id: here.brick });
    await addCustomer(caller, organization, { name: 'there', territory_id: there.brick });
    await addCustomer(caller, organization, { name: 'nowhere' });
    const elsewhere = await found(database(), admin, 'Elsewhere');
    const foreign = await addBranch(database().owner, elsewhere);

    const within = async (...territories: (string | null)[]) => {
      const given = [organization.id, territories];
      const page = await caller.rows<{ name: string }>(
        `select name from board_cards($1, 'lead', territory_ids => $2)`,
        given,
      );
      const sum = await caller.rows<{ customers: number }>(
        'select customers::integer from board_summary($1, territory_ids => $2)',
        given,
      );
      expect(sum.reduce((all, { customers }) => all + customers, 0)).toBe(page.length);
      return page.map(({ name }) => name).toSorted();
    };
    for (const level of ['country', 'city', 'brick'] as const) {
      expect(await within(here[level]), level).toEqual(['here']);
    }
    expect(await within(here.country, there.brick)).toEqual(['here', 'there']);
    expect(await within(here.area, null)).toEqual(['here', 'nowhere']);
    expect(await within(null)).toEqual(['nowhere']);
    expect(await within(foreign.country)).toEqual([]);
    expect(await within()).toEqual([]);

    const bricks = 'select bricks_within($1, $2) as ids';
    const asked = [organization.id, [here.region, here.area, foreign.country, null]];
    expect(await caller.rows(bricks, asked)).toEqual([{ ids: [here.brick] }]);
    const stranger = database().user(await signUp(database(), 'Stranger'));
    expect(await stranger.rows(bricks, asked)).toEqual([{ ids: [] }]);
  });
});
