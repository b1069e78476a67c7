import { describe, expect, it } from 'vitest';
import { useAnnouncements } from './support/announcements.ts';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, join, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch, assign, daysFromNow } from './support/territories.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Channels');
const { silence, announced } = useAnnouncements(database);

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
