import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, colleague } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Interactions', beforeAll);
let customer: string;

beforeAll(async () => {
  customer = await addCustomer(caller, organization);
});

const insert = `insert into interactions (org_id, customer_id, type, note, occurred_at, follow_up_at, corrects_id)
  values ($1, $2, 'call', $3, coalesce($4::timestamptz, now()), $5, $6) returning id`;

interface Logged {
  note?: string | null;
  occurred_at?: string;
  follow_up_at?: string;
  corrects_id?: string;
  customer_id?: string;
}

const values = (logged: Logged) => [
  organization.id,
  logged.customer_id ?? customer,
  logged.note === undefined ? 'Spoke with the buyer.' : logged.note,
  logged.occurred_at ?? null,
  logged.follow_up_at ?? null,
  logged.corrects_id ?? null,
];

const log = async (logged: Logged = {}, as: Requester = caller) =>
  (await as.row<{ id: string }>(insert, values(logged))).id;

describe('logging an interaction', () => {
  it('records the signed-in person as its author', async () => {
    const id = await log();
    expect(await caller.row('select user_id from interactions where id = $1', [id])).toEqual({
      user_id: admin.id,
    });
    expect(
      await caller.refusal(
        `insert into interactions (org_id, customer_id, type, note, user_id) values ($1, $2, 'call', 'x', $3)`,
        [organization.id, customer, randomUUID()],
      ),
    ).toMatchObject({ code: '42501' });
  });

  it('takes clocks that run a little ahead, not the future', async () => {
    await log({ occurred_at: new Date(Date.now() + 60_000).toISOString() });
    for (const occurred_at of [new Date(Date.now() + 3_600_000).toISOString(), 'infinity']) {
      expect(await caller.refusal(insert, values({ occurred_at }))).toMatchObject({
        code: 'PT422',
        message: 'occurred_in_future',
        detail: { field: 'occurred_at' },
      });
    }
  });

  it.each([
    ['a follow-up before it took place', { follow_up_at: '2001-01-01' }, '23514'],
    ['a follow-up at the end of time', { follow_up_at: 'infinity' }, 'PT422'],
    ['a contact before there were computers', { occurred_at: '-infinity' }, 'PT422'],
    ['nothing said', { note: '  ' }, '23514'],
    ['a novel', { note: 'x'.repeat(10_001) }, '23514'],
  ])('refuses %s', async (_, logged, code) => {
    expect(await caller.refusal(insert, values(logged))).toMatchObject({ code });
  });

  it('needs sight of the customer and the permission', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const viewer = await colleague(database(), organization, 'Viewer', 'viewer');
    const own = await addCustomer(database().user(rep), organization);
    expect(await log({ customer_id: own }, database().user(rep))).toBeTruthy();
    expect(await database().user(rep).refusal(insert, values({}))).toMatchObject({ code: '42501' });
    expect(await database().user(viewer).refusal(insert, values({}))).toMatchObject({ code: '42501' });
    expect(await database().user(rep).rows('select customer_id from interactions')).toEqual([
      { customer_id: own },
    ]);
  });
});

describe('a logged interaction', () => {
  it('cannot be changed by anyone', async () => {
    const id = await log();
    const refused = { code: 'PT409', message: 'interactions_immutable' };
    expect(await caller.refusal(`update interactions set note = 'x' where id = $1`, [id])).toMatchObject({
      code: '42501',
    });
    expect(await caller.refusal('delete from interactions where id = $1', [id])).toMatchObject({
      code: '42501',
    });
    const service = database().as({ role: 'service_role' });
    expect(await service.refusal('delete from interactions where id = $1', [id])).toMatchObject({
      code: '42501',
    });
    for (const powerful of [database().owner, database().admin]) {
      expect(await powerful.refusal(`update interactions set note = 'x' where id = $1`, [id])).toMatchObject(
        refused,
      );
      expect(
        await powerful.refusal('update interactions set user_id = null where id = $1', [id]),
      ).toMatchObject(refused);
      expect(await powerful.refusal('delete from interactions where id = $1', [id])).toMatchObject(refused);
      expect(await powerful.refusal('truncate interactions cascade')).toMatchObject(refused);
    }
  });

  it('is corrected by a new one of the same customer, once', async () => {
    const id = await log({ note: 'Price is 100.' });
    const correction = await log({ note: 'Price is 110.', corrects_id: id });
    expect(await caller.refusal(insert, values({ corrects_id: id }))).toMatchObject({ code: '23505' });
    expect(await log({ corrects_id: correction })).toBeTruthy();
    const other = await addCustomer(caller, organization);
    expect(
      await caller.refusal(insert, values({ corrects_id: correction, customer_id: other })),
    ).toMatchObject({ code: expect.stringMatching(/^23/) });
  });

  it('goes with an erased customer, and survives the erasure of its author', async () => {
    const author = await colleague(database(), organization, 'Author', 'sales');
    const id = await log({}, database().user(author));
    await database().admin.rows('delete from auth.users where id = $1', [author.id]);
    expect(await caller.row('select user_id, note from interactions where id = $1', [id])).toEqual({
      user_id: null,
      note: 'Spoke with the buyer.',
    });
    const erased = await addCustomer(caller, organization);
    const gone = await log({ customer_id: erased });
    await database().owner.rows('delete from customers where id = $1', [erased]);
    expect(await database().owner.rows('select from interactions where id = $1', [gone])).toEqual([]);
  });
});
