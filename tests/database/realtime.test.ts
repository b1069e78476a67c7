import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, join, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch, assign, daysFromNow } from './support/territories.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Realtime');

beforeEach(async () => {
  await silence();
});

const silence = () => database().owner.rows('delete from realtime.messages');

interface Announced {
  topic: string;
  event: string;
  payload: Record<string, unknown>;
}

/** What was said since the last silence, oldest first, as `topic event op`. */
async function heard(): Promise<string[]> {
  return (await announced()).map(({ topic, event, payload }) =>
    [topic, event, payload['op']].filter(Boolean).join(' '),
  );
}

const announced = () =>
  database().owner.rows<Announced>(
    'select topic, event, payload from realtime.messages order by inserted_at, topic, payload ->> $1 desc',
    ['op'],
  );

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

/** What the channel server finds out by its probes. */
async function allowed(person: Person | 'anon', topic: string): Promise<string> {
  const role = person === 'anon' ? 'anon' : 'authenticated';
  const subject = person === 'anon' ? null : person.id;
  const ask = async (command: string) =>
    (
      await database().admin.row<{ allowed: string[] }>(
        `select realtime.authorize($1, $2, array['broadcast', 'presence'], $3, $4, $5, '{}') as allowed`,
        [command, topic, role, subject, JSON.stringify({ role, sub: subject })],
      )
    ).allowed;
  const names = async (command: string) => (await ask(command)).toSorted().join('+') || '-';
  return `read ${await names('read')}, write ${await names('write')}`;
}

const nothing = 'read -, write -';
const listens = 'read broadcast+presence, write -';
const meets = 'read broadcast+presence, write presence';
const acts = 'read broadcast+presence, write broadcast+presence';

describe('who may join and send', () => {
  it('follows from what they may read and change', async () => {
    const lead = await colleague(database(), organization, 'Lead', 'district_manager');
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep', lead);
    const other = await colleague(database(), organization, 'Other', 'medical_rep');
    const viewer = await colleague(database(), organization, 'Viewer', 'viewer');
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Stranger’s own');
    const branch = await addBranch(caller, organization);
    await assign(caller, organization, lead, branch.governorate);
    await assign(caller, organization, rep, branch.brick);
    await assign(caller, organization, other, branch.brick, { ends_on: daysFromNow(-1) });
    const ofRep = await addCustomer(database().user(rep), organization);

    const people = { admin, lead, rep, other, viewer, stranger, anon: 'anon' as const };
    const topics = {
      org: `org:${organization.id}`,
      customers: `org:${organization.id}:customers`,
      board: `board:${organization.id}:pipeline`,
      'owner rep': `owner:${organization.id}:${rep.id}`,
      'user rep': `user:${rep.id}`,
      'customer of rep': `customer:${ofRep}`,
      'people on it': `customer:${ofRep}:people`,
      governorate: `territory:${branch.governorate}`,
      city: `territory:${branch.city}`,
      brick: `territory:${branch.brick}`,
    };
    const matrix: Record<string, Record<string, string>> = {};
    for (const [name, topic] of Object.entries(topics)) {
      const row: Record<string, string> = {};
      for (const [who, person] of Object.entries(people)) row[who] = await allowed(person, topic);
      matrix[name] = row;
    }
    const outside = { stranger: nothing, anon: nothing };
    expect(matrix).toEqual({
      org: { admin: meets, lead: meets, rep: meets, other: meets, viewer: meets, ...outside },
      customers: { admin: listens, lead: nothing, rep: nothing, other: nothing, viewer: listens, ...outside },
      board: { admin: acts, lead: acts, rep: acts, other: acts, viewer: meets, ...outside },
      'owner rep': {
        admin: listens,
        lead: listens,
        rep: listens,
        other: nothing,
        viewer: listens,
        ...outside,
      },
      'user rep': {
        admin: nothing,
        lead: nothing,
        rep: listens,
        other: nothing,
        viewer: nothing,
        ...outside,
      },
      'customer of rep': {
        admin: listens,
        lead: listens,
        rep: listens,
        other: nothing,
        viewer: listens,
        ...outside,
      },
      'people on it': { admin: acts, lead: acts, rep: acts, other: nothing, viewer: meets, ...outside },
      governorate: {
        admin: listens,
        lead: listens,
        rep: nothing,
        other: nothing,
        viewer: listens,
        ...outside,
      },
      // Nothing is announced in between.
      city: { admin: nothing, lead: nothing, rep: nothing, other: nothing, viewer: nothing, ...outside },
      brick: { admin: listens, lead: listens, rep: listens, other: nothing, viewer: listens, ...outside },
    });
  });

  it('ends with the membership, at once', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    expect(await allowed(seller, `org:${organization.id}:customers`)).toBe(listens);
    await caller.rows('update memberships set is_active = false where user_id = $1', [seller.id]);
    expect(await allowed(seller, `org:${organization.id}:customers`)).toBe(nothing);
  });

  it.each([
    '',
    'org',
    'org:',
    'org:not-a-uuid',
    'ORG:{org}',
    'org:{org}:nonsense',
    'org:{org}:settings',
    'org:{org}:client_types',
    'territory:{org}',
    'territory:x',
    'org:{org}:customers:more',
    'org:{org} ',
    'board:{org}:other',
    'board:{org}',
    'customer:{org}',
    'owner:{org}',
    'owner:{org}:x',
    'user:{org}',
    'anything:{org}',
    `'; drop table customers; --`,
    'x'.repeat(100_000),
  ])('nobody joins %j', async (template) => {
    expect(await allowed(admin, template.replace('{org}', organization.id))).toBe(nothing);
  });

  it('matches the topics a person is told to listen on', async () => {
    const lead = await colleague(database(), organization, 'Lead', 'district_manager');
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep', lead);
    const topicsOf = async (person: Person) =>
      (
        await database()
          .user(person)
          .row<{ access: { topics: string[] } }>('select my_access($1) as access', [organization.id])
      ).access.topics;
    const { id } = organization;
    const both = (person: Person) => [`board:${id}:pipeline`, `org:${id}`, `user:${person.id}`];
    expect((await topicsOf(admin)).toSorted()).toEqual([...both(admin), `org:${id}:customers`].toSorted());
    expect((await topicsOf(lead)).toSorted()).toEqual(
      [...both(lead), `owner:${id}:${lead.id}`, `owner:${id}:${rep.id}`].toSorted(),
    );
    expect((await topicsOf(rep)).toSorted()).toEqual([...both(rep), `owner:${id}:${rep.id}`].toSorted());
    expect(await topicsOf(await signUp(database(), 'Stranger'))).toEqual([]);
    // A governorate is one channel, however many bricks it has; what is narrower is one channel for each brick.
    const branch = await addBranch(caller, organization);
    const second = await addBranch(caller, organization, { ...branch, brick: undefined });
    const apart = await addBranch(caller, organization, { country: branch.country });
    await assign(caller, organization, lead, branch.governorate);
    await assign(caller, organization, lead, apart.brick);
    await assign(caller, organization, rep, branch.area);
    const territories = async (person: Person) =>
      (await topicsOf(person)).filter((topic) => topic.startsWith('territory:')).toSorted();
    expect(await territories(lead)).toEqual(
      [`territory:${branch.governorate}`, `territory:${apart.brick}`].toSorted(),
    );
    expect(await territories(rep)).toEqual(
      [`territory:${branch.brick}`, `territory:${second.brick}`].toSorted(),
    );
    for (const topic of await topicsOf(lead)) expect(await allowed(lead, topic)).not.toBe(nothing);
  });
});

describe('membership_changed', () => {
  it('reaches everyone whose view may have changed', async () => {
    const top = await colleague(database(), organization, 'Top', 'district_manager');
    const lead = await colleague(database(), organization, 'Lead', 'district_manager', top);
    const rep = await signUp(database(), 'Rep');
    const told = async () =>
      (await announced())
        .filter(({ event }) => event === 'membership_changed')
        .map(({ topic }) => topic)
        .toSorted();
    const topicsOf = (...people: Person[]) => people.map((person) => `user:${person.id}`).toSorted();

    await silence();
    await join(database(), organization, rep, ['medical_rep'], lead);
    expect(new Set(await told())).toEqual(new Set(topicsOf(rep, lead, top)));
    expect((await announced()).find(({ event }) => event === 'membership_changed')?.payload).toMatchObject({
      org_id: organization.id,
    });

    await silence();
    await database().owner.rows('delete from member_roles where user_id = $1', [rep.id]);
    expect(await told()).toEqual(topicsOf(rep));

    await silence();
    await database().owner.rows(
      `delete from role_permissions where org_id = $1 and permission = 'customers:read'
      and role_id = (select id from roles where org_id = $1 and key = 'district_manager')`,
      [organization.id],
    );
    expect(await told()).toEqual(topicsOf(top, lead));
  });

  it('is told when an assignment is made, changed or ended, and when the map is', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const lead = await colleague(database(), organization, 'Lead', 'district_manager');
    const branch = await addBranch(caller, organization);
    const told = async () =>
      new Set(
        (await announced()).filter(({ event }) => event === 'membership_changed').map(({ topic }) => topic),
      );
    await silence();
    const assignment = await assign(caller, organization, rep, branch.area);
    expect(await told()).toEqual(new Set([`user:${rep.id}`]));
    await silence();
    await caller.rows('update territory_assignments set ends_on = $2 where id = $1', [
      assignment,
      daysFromNow(0),
    ]);
    expect(await told()).toEqual(new Set([`user:${rep.id}`]));
    await assign(caller, organization, lead, branch.region);
    const other = await addBranch(caller, organization, { country: branch.country, region: branch.region });
    await silence();
    await caller.rows('select move_territory($1, $2)', [branch.area, other.city]);
    expect(await told()).toEqual(new Set([`user:${rep.id}`, `user:${lead.id}`]));
    await silence();
    await caller.rows(`update territories set name = 'Renamed' where id = $1`, [branch.area]);
    expect(await told()).toEqual(new Set());
  });

  it('is told by the calendar, once a day and by the day of the organisation', async () => {
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const lead = await colleague(database(), organization, 'Lead', 'district_manager');
    const branch = await addBranch(caller, organization);
    await database().owner.rows('select private.announce_days()');
    await assign(caller, organization, rep, branch.brick, { starts_on: daysFromNow(0) });
    await assign(caller, organization, lead, branch.brick, {
      starts_on: daysFromNow(-9),
      ends_on: daysFromNow(-1),
    });
    const told = async () => {
      await silence();
      await database().owner.rows('select private.announce_days()');
      return (await announced())
        .map(({ topic }) => topic)
        .filter((topic) => topic.startsWith('user:'))
        .toSorted();
    };
    expect(await told()).toEqual([]);
    await database().owner.rows('update private.announced_days set day = day - 1 where org_id = $1', [
      organization.id,
    ]);
    expect(await told()).toEqual([`user:${rep.id}`, `user:${lead.id}`].toSorted());
    expect(await told()).toEqual([]);
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
