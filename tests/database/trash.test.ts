import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase, type Requester } from './support/database.ts';
import { addCustomer, colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'Trash', beforeAll);
let manager: Person;

const caller = (person: Person = admin) => database().user(person);

beforeAll(async () => {
  manager = await colleague(database(), organization, 'Mona', 'manager');
});

const trash = (id: string, by = caller()) => by.rows(`select move_to_trash('customers', $1)`, [id]);
const restore = async (id: string, by = caller()) =>
  (await by.row<{ restored: unknown }>(`select restore_from_trash('customers', $1) as restored`, [id]))
    .restored;
const refusedRestore = (id: string, by: Requester) =>
  by.refusal(`select restore_from_trash('customers', $1)`, [id]);

interface Entry {
  table_name: string;
  record_id: string;
  title: string;
  deleted_by: string;
  deleted_at: Date;
  purge_at: Date;
  is_kept: boolean;
}
const entries = (by = caller(), rest = '', values: unknown[] = []) =>
  by.rows<Entry>(`select * from trash($1${rest})`, [organization.id, ...values]);

const log = (customer: string) =>
  caller().rows(
    `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'call', 'Hello')`,
    [organization.id, customer],
  );
/** As if it had been deleted that long ago. */
const age = (id: string, days: number) =>
  database().owner.rows(`update customers set deleted_at = now() - make_interval(days => $2) where id = $1`, [
    id,
    days,
  ]);
const exists = async (id: string) =>
  (await database().owner.rows('select from customers where id = $1', [id])).length === 1;

describe('a record in the trash', () => {
  it('is absent with all that belongs to it, and back with all of it', async () => {
    const id = await addCustomer(caller(), organization, { name: 'Nile Clinic' });
    await log(id);
    const seen = async (by: Requester) => [
      (await by.rows('select id from customers where id = $1', [id])).length,
      (await by.rows('select id from interactions where customer_id = $1', [id])).length,
      (await by.rows('select * from search_customers($1, $2)', [organization.id, 'Nile Clinic'])).length,
    ];
    expect(await seen(caller(manager))).toEqual([1, 1, 1]);
    await trash(id, caller(manager));
    for (const person of [admin, manager]) expect(await seen(caller(person))).toEqual([0, 0, 0]);
    expect(
      (
        await caller().refusal(
          `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'call', 'Late')`,
          [organization.id, id],
        )
      ).code,
    ).toBe('42501');

    const [entry] = await entries();
    expect(entry).toMatchObject({
      table_name: 'customers',
      record_id: id,
      title: 'Nile Clinic',
      deleted_by: manager.id,
      is_kept: false,
    });
    expect((Number(entry?.purge_at) - Number(entry?.deleted_at)) / 86_400_000).toBeCloseTo(30, 0);

    expect(await restore(id)).toEqual({ table_name: 'customers', record_id: id, title: 'Nile Clinic' });
    expect(await seen(caller(manager))).toEqual([1, 1, 1]);
    expect(
      await database().owner.row('select deleted_at, deleted_by from customers where id = $1', [id]),
    ).toEqual({ deleted_at: null, deleted_by: null });
  });

  it('comes back once, whoever is first', async () => {
    const id = await addCustomer(caller(), organization);
    await trash(id);
    const answers = await Promise.allSettled([restore(id), restore(id, caller(manager))]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await refusedRestore(id, caller())).toMatchObject({ code: 'PT404', message: 'not_in_trash' });
  });

  it('is restored by who may restore, and by who deleted it while they may delete', async () => {
    const { id: role } = await caller().row<{ id: string }>(
      `select id from save_role($1, null, 'Cleaner', null, '{"customers:read": "all", "customers:delete": "all"}')`,
      [organization.id],
    );
    const cleaner = await colleague(database(), organization, 'Cleo', 'viewer');
    await caller().rows('insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)', [
      organization.id,
      cleaner.id,
      role,
    ]);
    const [own, others] = [
      await addCustomer(caller(), organization),
      await addCustomer(caller(), organization),
    ];
    await trash(own, caller(cleaner));
    await trash(others);
    await restore(own, caller(cleaner));
    // Nothing of what others deleted can be learned without trash:read.
    expect(await refusedRestore(others, caller(cleaner))).toMatchObject({ code: 'PT404' });
    expect(await caller(cleaner).refusal('select * from trash($1)', [organization.id])).toMatchObject({
      code: 'PT403',
      message: 'trash_read_denied',
    });
    await trash(own, caller(cleaner));
    await caller().rows('delete from member_roles where org_id = $1 and role_id = $2', [
      organization.id,
      role,
    ]);
    expect(await refusedRestore(own, caller(cleaner))).toMatchObject({ code: 'PT404' });
  });

  it('shows only to who could see it before', async () => {
    const { id: role } = await caller().row<{ id: string }>(
      `select id from save_role($1, null, 'Own trash', null,
        '{"customers:read": "own", "trash:read": "all", "trash:restore": "all"}')`,
      [organization.id],
    );
    const person = await signUp(database(), 'Owen');
    await database().owner.rows('insert into memberships (org_id, user_id) values ($1, $2)', [
      organization.id,
      person.id,
    ]);
    await caller().rows('insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)', [
      organization.id,
      person.id,
      role,
    ]);
    const mine = await addCustomer(database().owner, organization, { owner_id: person.id });
    const theirs = await addCustomer(caller(), organization);
    for (const id of [mine, theirs]) await trash(id);
    expect((await entries(caller(person))).map(({ record_id }) => record_id)).toEqual([mine]);
    expect(await refusedRestore(theirs, caller(person))).toMatchObject({ code: 'PT404' });
    await restore(mine, caller(person));
  });

  it('is out of reach for other roles, strangers and made-up tables', async () => {
    const id = await addCustomer(caller(), organization);
    const sales = caller(await colleague(database(), organization, 'Sam', 'sales'));
    expect(await sales.refusal(`select move_to_trash('customers', $1)`, [id])).toMatchObject({
      code: 'PT403',
      message: 'customers_delete_denied',
    });
    await trash(id);
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Elsewhere');
    for (const by of [sales, caller(stranger)]) {
      expect(await refusedRestore(id, by)).toMatchObject({ code: 'PT404', message: 'not_in_trash' });
    }
    expect(await caller(stranger).refusal('select * from trash($1)', [organization.id])).toMatchObject({
      code: 'PT404',
    });
    for (const table of ['memberships', 'pg_class', 'customers; drop table customers', '', null]) {
      for (const call of ['move_to_trash', 'restore_from_trash']) {
        expect(await caller().refusal(`select ${call}($1, $2)`, [table, randomUUID()])).toMatchObject({
          code: 'PT422',
          detail: { field: 'table_name' },
        });
      }
    }
  });
});

describe('the list', () => {
  it('goes from page to page without gaps, by person and by kind', async () => {
    const elsewhere = await found(database(), admin, 'Pages');
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) {
      const id = await addCustomer(caller(), elsewhere, { name: `Customer ${index}` });
      await trash(id);
      ids.push(id);
    }
    // Two and two share a moment, given in one statement: the id decides between them. The first page ends between the second two.
    await database().owner.rows(
      `update customers set deleted_at = now() - make_interval(days => ((place - 1) / 2)::integer)
       from unnest($1::uuid[]) with ordinality as given (id, place) where customers.id = given.id`,
      [ids],
    );
    // As text, which has the microseconds that a Date loses.
    const page = (values: unknown[]) =>
      caller().rows<Entry & { moment: string }>(
        'select *, deleted_at::text as moment from trash($1, $2, $3, $4, $5, 3)',
        [elsewhere.id, ...values],
      );
    const seen: { moment: string; record_id: string }[] = [];
    let last: { moment: string; record_id: string } | undefined;
    do {
      const rows = await page(['customers', admin.id, last?.moment ?? null, last?.record_id ?? null]);
      seen.push(...rows);
      last = rows.length === 3 ? rows.at(-1) : undefined;
    } while (last);
    const newestFirst = [0, 2, 4, 6].map((start) => ids.slice(start, start + 2));
    expect(seen.map(({ record_id }) => record_id)).toEqual(
      newestFirst.flatMap((sharing) => sharing.toSorted().toReversed()),
    );
    expect(new Set(seen.map(({ moment }) => moment)).size).toBe(newestFirst.length);
    expect(await page([null, manager.id, null, null])).toEqual([]);
  });
});

describe('purging', () => {
  it('takes what has lain longer than the organisation keeps it, with its parts, the oldest first', async () => {
    await caller().rows(`select save_settings($1, '{"trash.retention_days": 10}')`, [organization.id]);
    const [old, older, young] = [
      await addCustomer(caller(), organization),
      await addCustomer(caller(), organization),
      await addCustomer(caller(), organization),
    ];
    await log(older);
    for (const [id, days] of [
      [old, 11],
      [older, 12],
      [young, 9],
    ] as const) {
      await trash(id);
      await age(id, days);
    }
    const purge = async () =>
      (await database().owner.row<{ purged: number }>('select private.purge_trash(1) as purged')).purged;
    expect(await purge()).toBe(1);
    expect([await exists(older), await exists(old)]).toEqual([false, true]);
    expect(await database().owner.rows('select from interactions where customer_id = $1', [older])).toEqual(
      [],
    );
    expect([await purge(), await purge()]).toEqual([1, 0]);
    expect([await exists(old), await exists(young)]).toEqual([false, true]);
  });

  it('leaves what history refers to, says so, and goes on with the rest', async () => {
    // A table as later ones will be: it restricts, because an order is history.
    await database().owner.rows(
      `create table if not exists public.orders (org_id uuid not null, customer_id uuid not null,
         foreign key (org_id, customer_id) references public.customers (org_id, id) on delete restrict)`,
    );
    const [ordered, free] = [
      await addCustomer(caller(), organization),
      await addCustomer(caller(), organization),
    ];
    await database().owner.rows('insert into orders values ($1, $2)', [organization.id, ordered]);
    for (const [id, days] of [
      [ordered, 500],
      [free, 400],
    ] as const) {
      await trash(id);
      await age(id, days);
    }
    await database().owner.rows('select private.purge_trash(1), private.purge_trash(1)');
    expect([await exists(ordered), await exists(free)]).toEqual([true, false]);
    expect((await entries()).find(({ record_id }) => record_id === ordered)).toMatchObject({ is_kept: true });
    await restore(ordered);
    await trash(ordered);
    expect((await entries()).find(({ record_id }) => record_id === ordered)).toMatchObject({
      is_kept: false,
    });
  });
});

describe('a table of tomorrow, declared in a few lines', () => {
  const add = (customer: string, code: string) =>
    database().owner.row<{ id: string }>(
      'insert into offers (org_id, customer_id, name, code) values ($1, $2, $3, $4) returning id',
      [organization.id, customer, `Offer ${code}`, code],
    );
  const call = (name: string, id: string): [string, unknown[]] => [`select ${name}('offers', $1)`, [id]];

  beforeAll(() =>
    database().owner.rows(`
      create table public.offers (
        id uuid primary key default gen_random_uuid(), org_id uuid not null references public.organizations (id) on delete cascade,
        customer_id uuid not null, name text not null, code text not null, created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(), created_by uuid, version integer not null default 1,
        deleted_at timestamptz, deleted_by uuid, unique (org_id, id),
        foreign key (org_id, customer_id) references public.customers (org_id, id) on delete cascade
      );
      create unique index offers_code_idx on public.offers (org_id, code) where deleted_at is null;
      grant select on public.offers to authenticated;
      select private.add_permissions('[{"key": "offers:read", "description": "See offers."}, {"key": "offers:create", "description": "Add."},
        {"key": "offers:update", "description": "Change."}, {"key": "offers:delete", "description": "Delete."}]');
      select private.protect('public.offers', resource => 'offers', parent => 'customer_id', trash => true);
      select private.add_standard_triggers('public.offers');`),
  );

  it('is listed, restored and purged with the others', async () => {
    const customer = await addCustomer(caller(), organization);
    const { id } = await add(customer, 'A-1');
    await caller().rows(...call('move_to_trash', id));
    expect(await caller().rows('select id from offers')).toEqual([]);
    expect((await entries(caller(), ', $2', ['offers']))[0]).toMatchObject({
      record_id: id,
      title: 'Offer A-1',
    });
    await caller().rows(...call('restore_from_trash', id));
    await caller().rows(...call('move_to_trash', id));
    await database().owner.rows(`update offers set deleted_at = now() - interval '1 year' where id = $1`, [
      id,
    ]);
    await database().owner.rows('select private.purge_trash()');
    expect(await database().owner.rows('select from offers where id = $1', [id])).toEqual([]);
  });

  it('shows, in the trash too, only to who sees what it belongs to', async () => {
    const { id: role } = await caller().row<{ id: string }>(
      `select id from save_role($1, null, 'Own offers', null, '{"customers:read": "own", "offers:read": "all",
        "offers:delete": "all", "trash:read": "all", "trash:restore": "all"}')`,
      [organization.id],
    );
    const person = await signUp(database(), 'Olga');
    await database().owner.rows('insert into memberships (org_id, user_id) values ($1, $2)', [
      organization.id,
      person.id,
    ]);
    await database().owner.rows('insert into member_roles (org_id, user_id, role_id) values ($1, $2, $3)', [
      organization.id,
      person.id,
      role,
    ]);
    const owner = { owner_id: person.id };
    const mine = await add(await addCustomer(database().owner, organization, owner), 'C-1');
    const theirs = await add(await addCustomer(caller(), organization), 'C-2');
    const olga = caller(person);
    expect(await olga.refusal(...call('move_to_trash', theirs.id))).toMatchObject({ code: 'PT404' });
    await caller().rows(...call('move_to_trash', theirs.id));
    await olga.rows(...call('move_to_trash', mine.id));
    expect((await entries(olga, ', $2', ['offers'])).map(({ record_id }) => record_id)).toEqual([mine.id]);
    expect(await olga.refusal(...call('restore_from_trash', theirs.id))).toMatchObject({ code: 'PT404' });
    await olga.rows(...call('restore_from_trash', mine.id));
  });

  it('comes back only where its place is free, and after what it belongs to', async () => {
    const customer = await addCustomer(caller(), organization, { name: 'Whole' });
    const { id } = await add(customer, 'B-1');
    await caller().rows(...call('move_to_trash', id));
    const { id: successor } = await add(customer, 'B-1');
    expect(await caller().refusal(...call('restore_from_trash', id))).toMatchObject({
      code: 'PT409',
      message: 'restore_taken',
      detail: { field: 'code', value: 'B-1' },
    });
    await database().owner.rows('delete from offers where id = $1', [successor]);
    await trash(customer);
    expect(await caller().refusal(...call('restore_from_trash', id))).toMatchObject({
      code: 'PT409',
      message: 'parent_in_trash',
      detail: { table: 'customers', id: customer, title: 'Whole' },
    });
    await restore(customer);
    await caller().rows(...call('restore_from_trash', id));
  });
});

describe('every table with a trash', () => {
  it('has an index for its list, and says who deleted', async () => {
    expect(
      await database().owner.rows(
        `select table_name from private.protected_tables where has_trash and not (
           exists (select from pg_indexes where schemaname = 'public' and tablename = table_name
             and indexdef like '%(org_id, deleted_at DESC, id DESC) WHERE (deleted_at IS NOT NULL)%')
           and exists (select from information_schema.columns as c
             where c.table_schema = 'public' and c.table_name = protected_tables.table_name and c.column_name = 'deleted_by'))`,
      ),
    ).toEqual([]);
    expect(
      await database().owner.rows(
        `select relname from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'deleted_at'
         where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'organizations'
           and relname not in (select table_name from private.protected_tables where has_trash)`,
      ),
    ).toEqual([]);
  });
});
