import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, type Organization, type Person, signUp } from './support/fixtures.ts';

const database = useDatabase();
let organization: Organization;
let ada: Person;
let ben: Person;
let viewer: Person;
let customer: string;

beforeAll(async () => {
  ada = await signUp(database(), 'Ada');
  organization = await found(database(), ada, 'Notes');
  ben = await colleague(database(), organization, 'Ben', 'sales');
  viewer = await colleague(database(), organization, 'Viewer', 'viewer');
});
beforeEach(async () => {
  customer = await addCustomer(database().user(ada), organization);
});

/** The database looks no further than at the first of them, so any bytes will do. */
const bytes = (length = 8): string => Buffer.alloc(length, randomUUID()).toString('base64');
const appendSql = 'select append_note_update($1, $2, $3) as answer';
const append = async (update = bytes(), id = randomUUID(), as: Person = ada): Promise<number> => {
  const { answer } = await database()
    .user(as)
    .row<{ answer: { seq: number } }>(appendSql, [customer, update, id]);
  return answer.seq;
};
const refused = (given: unknown[], as: Person = ada) => database().user(as).refusal(appendSql, given);

interface Loaded {
  note_id: string | null;
  seq: number;
  state: string | null;
  updates: { seq: number; update: string }[];
}
const load = async (after = 0, as: Person = viewer): Promise<Loaded> =>
  (await database().user(as).row<{ note: Loaded }>('select load_note($1, $2) as note', [customer, after]))
    .note;

const service = (): Requester => database().as({ role: 'service_role' });
const compact = async (note: Loaded, seq: number, seen = 0, state = 'AAA='): Promise<boolean> =>
  (
    await service().row<{ taken: boolean }>('select compact_note($1, $2, $3, $4, $5) as taken', [
      note.note_id,
      seen,
      seq,
      state,
      'Words',
    ])
  ).taken;

describe('writing in a note', () => {
  it('keeps every update in one order, for whoever reads the customer', async () => {
    expect(await load()).toEqual({ note_id: null, seq: 0, state: null, updates: [] });
    const updates = [bytes(), bytes(), bytes()];
    for (const [index, update] of updates.entries()) {
      expect(await append(update, randomUUID(), index === 1 ? ben : ada)).toBe(index + 1);
    }
    const whole = updates.map((update, index) => ({ seq: index + 1, update }));
    expect(await load()).toMatchObject({ seq: 3, state: null, updates: whole });
    expect((await load(2)).updates).toEqual(whole.slice(2));
    expect((await load(3)).updates).toEqual([]);
    // A number this note never gave: another life of it. All of it is given.
    expect((await load(99)).updates).toEqual(whole);
  });

  it('stores an update once however often it is sent', async () => {
    const [update, id] = [bytes(), randomUUID()];
    expect([await append(update, id), await append(), await append(update, id)]).toEqual([1, 2, 1]);
    expect((await load()).updates).toHaveLength(2);
  });

  it('numbers without gaps what many write at once', async () => {
    const taken = await Promise.all(Array.from({ length: 12 }, () => append()));
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  it('is for those who may change the customer', async () => {
    const given = [customer, bytes(), randomUUID()];
    expect(await refused(given, viewer)).toMatchObject({ code: 'PT403', message: 'customers_update_denied' });
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const stranger = await signUp(database(), 'Stranger');
    for (const person of [rep, stranger]) {
      const hidden = { code: 'PT404', message: 'customer_not_found' };
      expect(await refused(given, person)).toMatchObject(hidden);
      expect(await database().user(person).refusal('select load_note($1)', [customer])).toMatchObject(hidden);
    }
  });

  it('has no way but the function', async () => {
    await append();
    const { note_id: note } = await load();
    const attempts = [
      [`insert into customer_notes (org_id, customer_id) values ($1, $2)`, [organization.id, customer]],
      [`update customer_notes set body = 'x' where id = $1`, [note]],
      ['delete from customer_notes where id = $1', [note]],
      [`insert into private.note_updates (note_id, seq, update_id, update) values ($1, 9, $1, '')`, [note]],
      ['select update from private.note_updates where note_id = $1', [note]],
      ['select next_note_to_compact()', []],
      [`select compact_note($1, 0, 1, 'AAA=', '')`, [note]],
    ] as const;
    for (const [sql, values] of attempts) {
      expect(
        await database()
          .user(ada)
          .refusal(sql, [...values]),
      ).toMatchObject({ code: '42501' });
    }
  });

  it.each([
    ['nothing', null],
    ['an empty update', ''],
    ['no Base64', '<script>'],
    ['half a Base64', 'AAA'],
    ['padding in the middle', 'A=AA'],
  ])('refuses %s, naming the field', async (_, update) => {
    expect(await refused([customer, update, randomUUID()])).toMatchObject({
      code: 'PT422',
      message: 'invalid_value',
      detail: { field: 'update' },
    });
  });

  it('refuses an update without an id of its own', async () => {
    expect(await refused([customer, bytes(), null])).toMatchObject({
      code: 'PT422',
      detail: { field: 'update_id' },
    });
  });

  it('is limited, in one update and altogether', async () => {
    expect(await refused([customer, bytes(262_147), randomUUID()])).toMatchObject({
      code: 'PT413',
      message: 'note_update_too_large',
      detail: { largest_bytes: 262_144 },
    });
    for (let count = 0; count < 2; count++) await append(bytes(262_000));
    const full = { code: 'PT413', message: 'note_full', detail: { largest_bytes: 524_288 } };
    expect(await refused([customer, bytes(4_000), randomUUID()])).toMatchObject(full);
    await append(bytes(16));
    // What adds nothing and only takes away begins with a zero; without it a full note would be full for ever.
    const less = Buffer.alloc(100_000).toString('base64');
    await append(less);
    expect(await refused([customer, less, randomUUID()])).toMatchObject(full);
    // Once it is merged into less, there is room again.
    expect(await compact(await load(), 4)).toBe(true);
    expect(await append(bytes(4_000))).toBe(5);
  });
});

describe('a note', () => {
  it('is out of sight while its customer is in the trash, and goes with it', async () => {
    await append();
    const { note_id: note } = await load();
    await database().user(ada).rows('select delete_customer($1)', [customer]);
    expect(await refused([customer, bytes(), randomUUID()])).toMatchObject({ code: 'PT404' });
    expect(await database().user(ada).refusal('select load_note($1)', [customer])).toMatchObject({
      code: 'PT404',
    });
    expect(await database().user(ada).rows('select id from customer_notes where id = $1', [note])).toEqual(
      [],
    );
    await database().user(ada).rows(`select restore_from_trash('customers', $1)`, [customer]);
    expect((await load()).updates).toHaveLength(1);
    await database().owner.rows('delete from customers where id = $1', [customer]);
    expect(
      await database().owner.rows('select seq from private.note_updates where note_id = $1', [note]),
    ).toEqual([]);
  });

  it('is in the trail once for each person and session, without what was written', async () => {
    await append();
    await append();
    await append(bytes(), randomUUID(), ben);
    await append();
    await append(bytes(), randomUUID(), ben);
    const { note_id: note } = await load();
    const trail = () =>
      database().owner.rows('select action, actor_id from audit_log where record_id = $1 order by id', [
        note,
      ]);
    const session = [
      { action: 'insert', actor_id: ada.id },
      { action: 'update', actor_id: ben.id },
    ];
    expect(await trail()).toEqual(session);
    await database().owner.rows(
      `update private.note_sessions set last_at = now() - interval '16 minutes' where note_id = $1`,
      [note],
    );
    await append();
    expect(await trail()).toEqual([...session, { action: 'update', actor_id: ada.id }]);
    await compact(await load(), 6);
    expect(await trail()).toHaveLength(3);
  });

  it('stands in the history of its customer, page by page, for whoever sees that, and in no other', async () => {
    const other = await addCustomer(database().user(ada), organization);
    await append();
    await append(bytes(), randomUUID(), ben);
    const history = (as: Person, of = customer, before: string | null = null) =>
      database()
        .user(as)
        .rows<{ id: string }>(
          `select id, of_table, action, actor_id from record_history('customers', $1, $2, 2)`,
          [of, before],
        );
    const newest = await history(viewer);
    expect(newest).toMatchObject([
      { of_table: 'customer_notes', action: 'update', actor_id: ben.id },
      { of_table: 'customer_notes', action: 'insert', actor_id: ada.id },
    ]);
    expect(await history(viewer, customer, newest[1]?.id)).toMatchObject([
      { of_table: 'customers', action: 'insert' },
    ]);
    expect(await history(viewer, other)).toMatchObject([{ of_table: 'customers' }]);
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Elsewhere');
    const asked = database().user(stranger).refusal(`select record_history('customers', $1)`, [customer]);
    expect(await asked).toMatchObject({ code: 'PT404', message: 'record_not_found' });
  });
});

describe('an update', () => {
  interface Announced {
    topic: string;
    payload: Record<string, unknown>;
  }
  const announced = () =>
    database().owner.rows<Announced>(
      `select topic, payload from realtime.messages where event = 'note_update' and topic like $1 order by inserted_at`,
      [`%${customer}%`],
    );

  it('is announced to who has the note open, and is fetched by them when it is large', async () => {
    const update = bytes();
    await append(update, randomUUID(), ben);
    await append(bytes(40_000));
    expect(await announced()).toEqual([
      {
        topic: `customer:${customer}:notes`,
        payload: expect.objectContaining({ customer_id: customer, seq: 1, actor: ben.id, update }),
      },
      {
        topic: `customer:${customer}:notes`,
        payload: expect.not.objectContaining({ update: expect.anything() }),
      },
    ]);
  });

  it('is announced once, also when it is sent twice', async () => {
    const [update, id] = [bytes(), randomUUID()];
    await append(update, id);
    await append(update, id);
    expect(await announced()).toHaveLength(1);
  });

  it('can be heard by who reads the customer, and sent on that channel by nobody', async () => {
    const topic = `customer:${customer}:notes`;
    const ask = async (person: Person, question: string) =>
      (await database().user(person).row<{ answer: boolean }>(`select ${question} as answer`, [topic]))
        .answer;
    expect(await ask(viewer, 'private.can_join($1)')).toBe(true);
    for (const extension of ['broadcast', 'presence']) {
      expect(await ask(ada, `private.can_send($1, '${extension}')`)).toBe(false);
    }
    await database().owner.rows('update memberships set is_active = false where user_id = $1', [viewer.id]);
    expect(await ask(viewer, 'private.can_join($1)')).toBe(false);
    await database().owner.rows('update memberships set is_active = true where user_id = $1', [viewer.id]);
  });
});

describe('compaction', () => {
  interface Due {
    note_id: string;
    state_seq: number;
    seq: number;
    updates: string[];
  }
  const next = async (): Promise<Due | null> =>
    (await service().row<{ due: Due | null }>('select next_note_to_compact() as due')).due;
  const age = () =>
    database().owner.rows(
      `update private.note_documents set pending_since = now() - interval '6 minutes', tried_at = null`,
    );

  it('keeps what is written while it is under way', async () => {
    const [first, second, third] = [bytes(), bytes(), bytes()];
    await append(first);
    await append(second);
    const before = await load();
    await append(third);
    expect(await compact(before, 2, 0, 'AAA=')).toBe(true);
    expect(await load()).toEqual({
      note_id: before.note_id,
      seq: 3,
      state: 'AAA=',
      updates: [{ seq: 3, update: third }],
    });
    // Who had everything up to the second needs no more than the third; who had less begins with the state.
    expect(await load(2)).toMatchObject({ state: null, updates: [{ seq: 3 }] });
    expect(await load(1)).toMatchObject({ state: 'AAA=', updates: [{ seq: 3 }] });
    expect(
      await database().user(viewer).row('select body from customer_notes where id = $1', [before.note_id]),
    ).toEqual({
      body: 'Words',
    });
  });

  it('takes one result only, the first, and none that claims what never was', async () => {
    await append();
    const note = await load();
    expect(await compact(note, 7)).toBe(false);
    expect(await compact(note, 1, 0, 'AQ==')).toBe(true);
    expect(await compact(note, 1, 0, 'Ag==')).toBe(false);
    expect((await load()).state).toBe('AQ==');
  });

  it('is given notes whose writing has paused or piled up, each to one worker at a time', async () => {
    await age();
    for (let due = await next(); due; due = await next());
    await append(bytes());
    expect(await next()).toBeNull();
    await age();
    const due = [await next(), await next(), await next()].filter((one) => one !== null);
    expect(new Set(due.map(({ note_id: id }) => id)).size).toBe(due.length);
    // Short pieces wait for a pause; many of them do not.
    await database().owner.rows(`update private.note_documents set pending_count = 0`);
    await database().owner.rows(
      `update private.note_documents set pending_count = 199, pending_since = now(), tried_at = null where note_id = $1`,
      [(await load()).note_id],
    );
    expect(await next()).toBeNull();
    await append();
    expect(await next()).toMatchObject({ note_id: (await load()).note_id, state_seq: 0, seq: 2 });
  });
});
