import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useAnnouncements } from './support/announcements.ts';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch } from './support/territories.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Announcing');
const { silence, announced, heard } = useAnnouncements(database);

describe('a changed customer', () => {
  it('is announced to those who read all, and to its owner', async () => {
    const id = await addCustomer(caller, organization, { name: 'Told' });
    expect(await heard()).toEqual([
      `org:${organization.id}:customers change insert`,
      `owner:${organization.id}:${admin.id} change insert`,
    ]);
    const [first] = await announced();
    expect(first?.payload).toMatchObject({
      table: 'customers',
      op: 'insert',
      id,
      org_id: organization.id,
      version: 1,
      actor: admin.id,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      record: { id, name: 'Told', status: 'lead', board_rank: 'a0' },
    });
    await silence();
    await caller.rows(`select move_customer($1, 'qualified')`, [id]);
    expect((await announced()).map(({ payload }) => payload)).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({
          op: 'update',
          version: 2,
          record: expect.objectContaining({ status: 'qualified' }),
        }),
      ),
    );
  });

  it('is announced as gone where its audience changes, and nowhere else', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    const id = await addCustomer(caller, organization);
    await silence();
    await caller.rows('update customers set owner_id = $2 where id = $1', [id, seller.id]);
    expect((await heard()).filter((line) => !line.startsWith('user:'))).toEqual(
      [
        `org:${organization.id}:customers change update`,
        `owner:${organization.id}:${admin.id} change gone`,
        `owner:${organization.id}:${seller.id} change update`,
      ].toSorted(),
    );
    const gone = (await announced()).find(({ payload }) => payload['op'] === 'gone');
    expect(gone?.payload).toMatchObject({ id, version: 2 });
    expect(gone?.payload).not.toHaveProperty('record');
  });

  it('is gone everywhere when it is trashed, and back when it is restored', async () => {
    const id = await addCustomer(caller, organization);
    await silence();
    await caller.rows('select delete_customer($1)', [id]);
    expect((await heard()).map((line) => line.split(' ').at(-1))).toEqual(['gone', 'gone']);
    await silence();
    await database().owner.rows('update customers set deleted_at = null where id = $1', [id]);
    expect((await heard()).map((line) => line.split(' ').at(-1))).toEqual(['update', 'update']);
    await silence();
    await database().owner.rows('delete from customers where id = $1', [id]);
    expect((await heard()).map((line) => line.split(' ').at(-1))).toEqual(['delete', 'delete']);
  });

  it('is not announced when nothing changed', async () => {
    const id = await addCustomer(caller, organization, { name: 'Same' });
    await silence();
    await caller.rows(`update customers set name = 'Same' where id = $1`, [id]);
    await caller.rows(`update customers set name = 'X' where id = $1`, [randomUUID()]);
    expect(await heard()).toEqual([]);
  });

  it('is named without its content when that is too large to broadcast', async () => {
    await database().owner.rows(
      `insert into customers (org_id, name, custom_fields, address) values ($1, 'Large', $2, null)`,
      [organization.id, JSON.stringify({ text: 'ä'.repeat(7000) })],
    );
    expect((await announced())[0]?.payload).toHaveProperty('record');
    await database().owner.rows('alter table public.customers drop constraint customers_custom_fields_shape');
    await silence();
    await database().owner.rows(
      `insert into customers (org_id, name, custom_fields) values ($1, 'Larger', $2)`,
      [organization.id, JSON.stringify({ text: 'x'.repeat(40_000) })],
    );
    expect((await announced())[0]?.payload).not.toHaveProperty('record');
  });
});

describe('other changes', () => {
  it('reach the people they concern', async () => {
    const customer = await addCustomer(caller, organization);
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    await silence();
    await caller.rows(
      `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x')`,
      [organization.id, customer],
    );
    expect(await heard()).toEqual([`customer:${customer} change insert`]);
    expect((await announced())[0]?.payload).toMatchObject({
      table: 'interactions',
      version: 1,
      record: { note: 'x' },
    });
    await silence();
    await addCustomer(caller, organization, { owner_id: seller.id });
    expect(await heard()).toContain(`user:${seller.id} change insert`);
    // Whoever is this person may listen; what the organisation asks of its members is asked where the row is read.
    const told = (await announced()).find(({ topic }) => topic === `user:${seller.id}`);
    expect(told?.payload).toMatchObject({ table: 'notifications', org_id: organization.id });
    expect(told?.payload).not.toHaveProperty('record');
  });

  it('name the row only on the topic of all members, who may not all read it', async () => {
    await caller.rows(`insert into products (org_id, name) values ($1, 'Secret project')`, [organization.id]);
    expect(await heard()).toEqual([`org:${organization.id} change insert`]);
    expect((await announced())[0]?.payload).not.toHaveProperty('record');
  });
});

describe('a statement over many rows', () => {
  const insertMany = (count: number) =>
    caller.count(
      `insert into customers (org_id, name) select $1, 'Row ' || n from generate_series(1, $2) as n`,
      [organization.id, count],
    );

  it('is announced row by row up to fifty', async () => {
    await insertMany(50);
    expect(await heard()).toHaveLength(100);
  });

  it('becomes one event per topic above', async () => {
    await insertMany(51);
    expect(await heard()).toEqual([
      `org:${organization.id}:customers bulk insert`,
      `owner:${organization.id}:${admin.id} bulk insert`,
    ]);
    expect((await announced())[0]?.payload).toMatchObject({
      table: 'customers',
      org_id: organization.id,
      count: 51,
      actor: admin.id,
    });
  });

  it('reaches the old and the new owner', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    await insertMany(60);
    await silence();
    await caller.rows('update customers set owner_id = $2 where org_id = $1', [organization.id, seller.id]);
    const lines = await heard();
    expect(lines).toContain(`owner:${organization.id}:${admin.id} bulk update`);
    expect(lines).toContain(`owner:${organization.id}:${seller.id} bulk update`);
    expect(lines).toContain(`user:${seller.id} change insert`);
    await silence();
    await database().owner.rows('delete from customers where org_id = $1', [organization.id]);
    expect(await heard()).toContain(`org:${organization.id}:customers bulk delete`);
  });
});

describe('many parts of records at once', () => {
  it('tell all members no more than that something changed', async () => {
    const customer = await addCustomer(caller, organization);
    await silence();
    await caller.rows(
      `insert into interactions (org_id, customer_id, type, note) select $1, $2, 'note', 'x' from generate_series(1, 60)`,
      [organization.id, customer],
    );
    expect(await heard()).toEqual([`org:${organization.id} bulk insert`]);
    const [said] = await announced();
    expect(said?.payload).toMatchObject({ table: 'interactions', actor: null });
    expect(said?.payload).not.toHaveProperty('count');
  });
});

describe('a customer in a territory', () => {
  it('is announced in its brick and its governorate, and as gone where it leaves', async () => {
    const here = await addBranch(caller, organization);
    const near = await addBranch(caller, organization, { ...here, area: undefined, brick: undefined });
    const far = await addBranch(caller, organization, { country: here.country, region: here.region });
    const id = await addCustomer(caller, organization, { owner_id: null, territory_id: here.brick });
    const move = async (territory: string | null) => {
      await silence();
      await caller.rows('update customers set territory_id = $2 where id = $1', [id, territory]);
      return (await heard()).filter((line) => line.startsWith('territory:'));
    };
    expect(await move(near.brick)).toEqual(
      [
        `territory:${here.brick} change gone`,
        `territory:${near.brick} change update`,
        `territory:${here.governorate} change update`,
      ].toSorted(),
    );
    expect(await move(far.brick)).toEqual(
      [
        `territory:${near.brick} change gone`,
        `territory:${far.brick} change update`,
        `territory:${here.governorate} change gone`,
        `territory:${far.governorate} change update`,
      ].toSorted(),
    );
    expect(await move(null)).toEqual(
      [`territory:${far.brick} change gone`, `territory:${far.governorate} change gone`].toSorted(),
    );
  });
});

describe('a failing announcement', () => {
  it('does not abort the write', async () => {
    await database().admin.rows(
      'alter table realtime.messages add constraint test_refuse check (false) not valid',
    );
    const id = await addCustomer(caller, organization, { name: 'Kept' });
    await database().admin.rows('alter table realtime.messages drop constraint test_refuse');
    await database().admin.rows(
      'alter function realtime.send(jsonb, text, text, boolean) rename to send_away',
    );
    await caller.rows(`update customers set name = 'Kept too' where id = $1`, [id]);
    await database().admin.rows(
      'alter function realtime.send_away(jsonb, text, text, boolean) rename to send',
    );
    expect(await caller.row('select name from customers where id = $1', [id])).toEqual({ name: 'Kept too' });
    expect(await heard()).toEqual([]);
  });
});

describe('every announced table', () => {
  it('names at most four topics', async () => {
    expect(
      await database().owner.refusal(
        `select private.announce_changes_of('public.products', 'a:{id}', 'b:{id}', 'c:{id}', 'd:{id}', 'e:{id}')`,
      ),
    ).toMatchObject({ message: expect.stringContaining('one to four topics') });
  });
});

it('the tables that others may subscribe to are protected, and tell the key of a former row, not the row', async () => {
  const published = await database().owner.rows(
    `select published.tablename as name, class.relrowsecurity as protected, class.relreplident::text as identity
     from pg_publication_tables as published
     join pg_class as class on class.oid = format('%I.%I', published.schemaname, published.tablename)::regclass
     where published.pubname = 'supabase_realtime' order by 1`,
  );
  expect(published).toEqual(
    ['customers', 'interactions', 'notifications', 'products'].map((name) => ({
      name,
      protected: true,
      identity: 'd',
    })),
  );
});
