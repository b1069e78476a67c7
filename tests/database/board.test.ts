import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, cards, colleague, found, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { organization, caller } = useOrganization(database, 'Board');

/** Customers in one column, first name on top. */
async function columnOf(status: string, ...names: string[]): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const name of names.toReversed()) {
    ids[name] = await addCustomer(caller, organization, {
      name,
      status,
      closed_lost_reason: status === 'closed_lost' ? 'Price' : null,
    });
  }
  return ids;
}

const move = (
  customer: string | undefined,
  to: string | null,
  between: { after?: string | undefined; before?: string | undefined; seen?: string; reason?: string } = {},
  as: Requester = caller,
) =>
  as.row<{ status: string; board_rank: string; closed_lost_reason: string | null; version: number }>(
    'select * from move_customer($1, $2, $3, $4, $5, $6)',
    [
      customer,
      to,
      between.after ?? null,
      between.before ?? null,
      between.seen ?? null,
      between.reason ?? null,
    ],
  );

describe('a new card', () => {
  it('goes to the top of its column', async () => {
    await columnOf('lead', 'first', 'second', 'third');
    expect(await cards(caller, organization, 'lead')).toEqual(['first', 'second', 'third']);
  });

  it('has a place of its own when many are added at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => addCustomer(caller, organization, { name: `Card ${n}` })),
    );
    await caller.rows(
      `insert into customers (org_id, name) select $1, 'Bulk ' || n from generate_series(1, 30) as n`,
      [organization.id],
    );
    const { ranks } = await database().owner.row<{ ranks: number }>(
      'select count(distinct board_rank)::integer as ranks from customers where org_id = $1',
      [organization.id],
    );
    expect(ranks).toBe(50);
  });

  it('cannot choose its rank', async () => {
    expect(
      await caller.refusal(`insert into customers (org_id, name, board_rank) values ($1, 'X', 'a0')`, [
        organization.id,
      ]),
    ).toMatchObject({ code: '42501' });
  });
});

describe('move_customer', () => {
  it('drops a card below one card and above another', async () => {
    const leads = await columnOf('lead', 'a', 'b', 'c');
    const target = await columnOf('proposal', 'x', 'y');
    await move(leads['b'], 'proposal', { after: target['x'], before: target['y'] });
    expect(await cards(caller, organization, 'proposal')).toEqual(['x', 'b', 'y']);
    await move(leads['a'], 'proposal', { after: target['y'] });
    await move(leads['c'], 'proposal', { before: target['x'] });
    expect(await cards(caller, organization, 'proposal')).toEqual(['c', 'x', 'b', 'y', 'a']);
    await move(leads['a'], 'proposal');
    expect(await cards(caller, organization, 'proposal')).toEqual(['a', 'c', 'x', 'b', 'y']);
  });

  it('uses the neighbour that is left when the other has moved away', async () => {
    const leads = await columnOf('lead', 'a');
    const target = await columnOf('proposal', 'x', 'y', 'z');
    await move(target['x'], 'negotiation');
    await move(leads['a'], 'proposal', { after: target['x'], before: target['z'] });
    expect(await cards(caller, organization, 'proposal')).toEqual(['y', 'a', 'z']);
    await move(target['y'], 'qualified', { after: target['x'], before: randomUUID() });
    expect(await cards(caller, organization, 'qualified')).toEqual(['y']);
  });

  it('leaves a card that is already there as it is', async () => {
    const leads = await columnOf('lead', 'a', 'b', 'c');
    const before = await move(leads['b'], 'lead', { after: leads['a'], before: leads['c'] });
    expect(before.version).toBe(1);
  });

  it('tells who moved a card that is no longer where it was seen', async () => {
    const leads = await columnOf('lead', 'a');
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    await move(leads['a'], 'qualified', {}, database().user(seller));
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    await database().user(manager).rows(`update customers set phase = 'Pilot' where id = $1`, [leads['a']]);
    expect(
      await caller.refusal('select move_customer($1, $2, seen_status => $3)', [
        leads['a'],
        'proposal',
        'lead',
      ]),
    ).toMatchObject({
      code: 'PT409',
      message: 'customer_moved',
      detail: { status: 'qualified', by: seller.id, at: expect.any(String) },
    });
    expect(await cards(caller, organization, 'qualified')).toEqual(['a']);
  });

  it('lets one of two people win who drag the same card at once', async () => {
    const leads = await columnOf('lead', 'a');
    const outcomes = await Promise.allSettled([
      move(leads['a'], 'qualified', { seen: 'lead' }),
      move(leads['a'], 'proposal', { seen: 'lead' }),
    ]);
    expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('asks for the reason of a loss, and forgets it when the card comes back', async () => {
    const leads = await columnOf('lead', 'a');
    const call = `select move_customer($1, 'closed_lost', lost_reason => $2)`;
    for (const reason of [null, '', '   ']) {
      expect(await caller.refusal(call, [leads['a'], reason])).toMatchObject({
        code: 'PT422',
        message: 'lost_reason_required',
      });
    }
    expect(await caller.refusal(call, [leads['a'], 'x'.repeat(501)])).toMatchObject({
      code: 'PT422',
      message: 'invalid_value',
      detail: { field: 'lost_reason' },
    });
    expect((await move(leads['a'], 'closed_lost', { reason: ' Price ' })).closed_lost_reason).toBe('Price');
    expect((await move(leads['a'], 'closed_lost')).closed_lost_reason).toBe('Price');
    expect((await move(leads['a'], 'lead')).closed_lost_reason).toBeNull();
  });

  it('tells not found from not allowed', async () => {
    const leads = await columnOf('lead', 'a');
    const viewer = await colleague(database(), organization, 'Viewer', 'viewer');
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const stranger = await signUp(database(), 'Stranger');
    const call = `select move_customer($1, 'qualified')`;
    expect(await database().user(viewer).refusal(call, [leads['a']])).toMatchObject({
      code: 'PT403',
      message: 'customers_update_denied',
    });
    for (const person of [rep, stranger]) {
      expect(await database().user(person).refusal(call, [leads['a']])).toMatchObject({
        code: 'PT404',
        message: 'customer_not_found',
      });
    }
    expect(await caller.refusal(call, [randomUUID()])).toMatchObject({ code: 'PT404' });
    expect(await caller.refusal(call, [null])).toMatchObject({ code: 'PT404' });
    expect(await caller.refusal('select move_customer($1, null)', [leads['a']])).toMatchObject({
      code: 'PT422',
      detail: { field: 'to_status' },
    });
    expect(await caller.refusal('select move_customer($1, $2)', [leads['a'], 'won'])).toMatchObject({
      code: '22P02',
    });
    expect(await database().as({ role: 'anon' }).refusal(call, [leads['a']])).toMatchObject({
      code: '42501',
    });
  });

  it('gives each of many dropped into one gap at once a place of its own, in it', async () => {
    const leads = await columnOf('lead', ...Array.from({ length: 12 }, (_, n) => `n${n}`));
    const target = await columnOf('proposal', 'x', 'y');
    await Promise.all(
      Object.values(leads).map((id) =>
        move(id, 'proposal', { after: target['x'], before: target['y'], seen: 'lead' }),
      ),
    );
    const order = await cards(caller, organization, 'proposal');
    expect(order).toHaveLength(14);
    expect(order[0]).toBe('x');
    expect(order.at(-1)).toBe('y');
  });

  it('keeps the order of a list under any sequence of drops', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 25 }),
        async (drops) => {
          const org = await found(database(), await signUp(database(), 'Dragger'), 'Drops');
          const { owner } = database();
          const model: { id: string; name: string }[] = [];
          for (const name of ['e', 'd', 'c', 'b', 'a']) {
            model.unshift({ id: await addCustomer(owner, org, { name }), name });
          }
          const founder = await owner.row<{ user_id: string }>(
            'select user_id from memberships where org_id = $1',
            [org.id],
          );
          const dragger = database().user({ id: founder.user_id });
          for (const [from, to] of drops) {
            const [card] = model.splice(from % model.length, 1);
            if (!card) continue;
            const place = to % (model.length + 1);
            await move(card.id, 'lead', { after: model[place - 1]?.id, before: model[place]?.id }, dragger);
            model.splice(place, 0, card);
          }
          expect(await cards(dragger, org, 'lead')).toEqual(model.map((card) => card.name));
        },
      ),
      { numRuns: 8 },
    );
  });

  it('places a card between those a person sees, whatever lies hidden there', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const [mine, , other] = [
      await addCustomer(caller, organization, { name: 'mine below', owner_id: rep.id }),
      await addCustomer(caller, organization, { name: 'hidden' }),
      await addCustomer(caller, organization, { name: 'mine above', owner_id: rep.id }),
    ];
    const moved = await addCustomer(caller, organization, {
      name: 'moved',
      owner_id: rep.id,
      status: 'qualified',
    });
    const seen = database().user(rep);
    await move(moved, 'lead', { after: other, before: mine }, seen);
    expect(await cards(seen, organization, 'lead')).toEqual(['mine above', 'moved', 'mine below']);
  });

  it('does not tell by the place of a card where a hidden or trashed one is', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const seen = database().user(rep);
    const own = { owner_id: rep.id, status: 'proposal' };
    await addCustomer(caller, organization, { name: 'top', ...own });
    const hidden = await addCustomer(caller, organization, { name: 'hidden', status: 'proposal' });
    const trashed = await addCustomer(caller, organization, { name: 'trashed', ...own });
    const bottom = await addCustomer(caller, organization, { name: 'bottom', ...own });
    await caller.rows('select delete_customer($1)', [trashed]);
    const moved = await addCustomer(caller, organization, { name: 'moved', owner_id: rep.id });
    const ranks = new Set<string>();
    for (const neighbour of [hidden, trashed, randomUUID()]) {
      await move(moved, 'lead', {}, seen);
      ranks.add((await move(moved, 'proposal', { after: neighbour }, seen)).board_rank);
      await move(moved, 'lead', {}, seen);
      ranks.add((await move(moved, 'proposal', { before: neighbour }, seen)).board_rank);
    }
    expect(ranks.size).toBe(1);
    const beside = await move(moved, 'proposal', { after: bottom }, seen);
    expect(ranks).not.toContain(beside.board_rank);
  });
});
