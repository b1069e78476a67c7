import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import {
  addCustomer,
  colleague,
  found,
  join,
  type Organization,
  type Person,
  signUp,
  type SystemRole,
  systemRoles,
} from './support/fixtures.ts';
import { addBranch, assign, type Branch, daysFromNow } from './support/territories.ts';

const database = useDatabase();

/** Which customers of an organisation a person sees, asked in every way there is. All must agree. */
async function seen(person: Person, organization: Organization): Promise<string[]> {
  const caller = database().user(person);
  const names = async (sql: string, values: unknown[] = [organization.id]) =>
    (await caller.rows<{ name: string }>(`select name from (${sql}) as answer order by name`, values)).map(
      ({ name }) => name,
    );
  const byPolicy = await names('select name from customers where org_id = $1');
  expect(
    await names(
      `select name from unnest(enum_range(null::customer_status)) as status, board_cards($1, status)`,
    ),
  ).toEqual(byPolicy);
  expect(await names(`select name from search_customers($1, 'customer', 50)`)).toEqual(byPolicy);
  const { total } = await caller.row<{ total: number }>(
    'select coalesce(sum(customers), 0)::integer as total from board_summary($1)',
    [organization.id],
  );
  expect(total).toBe(byPolicy.length);
  const all = await database().owner.rows<{ name: string; id: string; told: boolean }>(
    'select name, id, private.sees_customer($2, customers) as told from customers where org_id = $1 order by name',
    [organization.id, person.id],
  );
  expect(all.filter(({ told }) => told).map(({ name }) => name)).toEqual(byPolicy);
  const joinable = await caller.rows<{ id: string }>(
    `select id from unnest($1::uuid[]) as id where private.can_join('customer:' || id)`,
    [all.map(({ id }) => id)],
  );
  expect(all.filter(({ id }) => joinable.some((row) => row.id === id)).map(({ name }) => name)).toEqual(
    byPolicy,
  );
  return byPolicy;
}

describe('what a person sees', () => {
  it('is what roles, reporting line and territories give, in every organisation anyone could draw', async () => {
    // Two governorates, the first with two bricks: assigned to the whole or to a part, now or at another time.
    const places = ['first', 'second', 'third'] as const;
    const covers = {
      country: places,
      whole: ['first', 'second'],
      first: ['first'],
      third: ['third'],
    } as const;
    const assignment = fc.record({
      to: fc.constantFrom('country', 'whole', 'first', 'third'),
      when: fc.constantFrom('past', 'today', 'open', 'future'),
    });
    const shape = fc.array(
      fc.record({
        roles: fc.uniqueArray(fc.constantFrom(...systemRoles), { maxLength: 2 }),
        manager: fc.option(fc.nat(), { nil: undefined }),
        active: fc.boolean(),
        seat: fc.option(fc.constantFrom(...places), { nil: undefined }),
        assigned: fc.option(assignment, { nil: undefined }),
      }),
      { minLength: 2, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(shape, async (drawn) => {
        // Anew each time: midnight may pass between two.
        const days = {
          past: { starts_on: daysFromNow(-9), ends_on: daysFromNow(-1) },
          today: { starts_on: daysFromNow(0), ends_on: daysFromNow(0) },
          open: { starts_on: daysFromNow(-9), ends_on: null },
          future: { starts_on: daysFromNow(1), ends_on: null },
        };
        const founder = await signUp(database(), 'Founder');
        const organization = await found(database(), founder, 'Drawn');
        const { owner } = database();
        const branch = await addBranch(owner, organization);
        const beside = await addBranch(owner, organization, { ...branch, area: undefined, brick: undefined });
        const apart = await addBranch(owner, organization, { country: branch.country });
        const bricks = { first: branch.brick, second: beside.brick, third: apart.brick };
        const assignable = {
          country: branch.country,
          whole: branch.governorate,
          first: branch.brick,
          third: apart.area,
        };
        const people: { person: Person; managers: number[]; sees: (customer: number) => boolean }[] = [];
        for (const [index, { roles, manager, active, seat, assigned }] of drawn.entries()) {
          const above = manager === undefined || index === 0 ? undefined : manager % index;
          const person = await signUp(database(), `Person ${index}`);
          await join(
            database(),
            organization,
            person,
            roles,
            above === undefined ? undefined : people[above]?.person,
          );
          await addCustomer(owner, organization, {
            name: `Customer ${index}`,
            owner_id: person.id,
            territory_id: seat ? bricks[seat] : null,
          });
          if (assigned) {
            await assign(owner, organization, person, assignable[assigned.to], days[assigned.when]);
          }
          if (!active) {
            await owner.rows('update memberships set is_active = false where user_id = $1', [person.id]);
          }
          const all: SystemRole[] = ['admin', 'manager', 'sales', 'marketing', 'viewer'];
          const territorial: SystemRole[] = ['medical_rep', 'district_manager'];
          const reached: readonly string[] =
            assigned && ['today', 'open'].includes(assigned.when) ? covers[assigned.to] : [];
          people.push({
            person,
            managers: above === undefined ? [] : [above, ...(people[above]?.managers ?? [])],
            sees: (customer) =>
              active &&
              (roles.some((role) => all.includes(role)) ||
                (roles.some((role) => territorial.includes(role)) &&
                  (customer === index ||
                    (people[customer]?.managers.includes(index) ?? false) ||
                    reached.includes(drawn[customer]?.seat ?? '')))),
          });
        }
        for (const { person, sees } of people) {
          const expected = people.map((_, customer) => customer).filter(sees);
          expect(await seen(person, organization)).toEqual(
            expected.map((customer) => `Customer ${customer}`),
          );
        }
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  describe('across organisations', () => {
    let here: Organization;
    let there: Organization;
    let lead: Person;
    let rep: Person;
    beforeAll(async () => {
      const boss = await signUp(database(), 'Boss');
      here = await found(database(), boss, 'Here');
      there = await found(database(), boss, 'There');
      lead = await colleague(database(), here, 'Lead', 'district_manager');
      rep = await colleague(database(), here, 'Rep', 'medical_rep', lead);
      // In the other organisation the two are equals.
      await join(database(), there, lead, ['medical_rep']);
      await join(database(), there, rep, ['medical_rep']);
      for (const organization of [here, there]) {
        await addCustomer(database().owner, organization, { name: 'Customer of lead', owner_id: lead.id });
        await addCustomer(database().owner, organization, { name: 'Customer of rep', owner_id: rep.id });
      }
    });

    it('does not follow a reporting line into one where it does not hold', async () => {
      expect(await seen(lead, here)).toEqual(['Customer of lead', 'Customer of rep']);
      expect(await seen(lead, there)).toEqual(['Customer of lead']);
      expect(
        await database()
          .user(lead)
          .rows('select private.can_join($1) as joined', [`owner:${there.id}:${rep.id}`]),
      ).toEqual([{ joined: false }]);
      expect(
        await database()
          .user(lead)
          .count(`update customers set phase = 'x' where org_id = $1 and owner_id = $2`, [there.id, rep.id]),
      ).toBe(0);
    });

    it('changes with the next statement when the line, a role or the organisation changes', async () => {
      const caller = await database().user(lead).begin();
      const count = async () =>
        (
          await caller.query<{ count: number }>('select count(*)::integer from customers where org_id = $1', [
            here.id,
          ])
        ).rows[0]?.count;
      expect(await count()).toBe(2);
      await database().owner.rows(
        'update memberships set manager_id = null where org_id = $1 and user_id = $2',
        [here.id, rep.id],
      );
      expect(await count()).toBe(1);
      await database().owner.rows('delete from member_roles where org_id = $1 and user_id = $2', [
        here.id,
        lead.id,
      ]);
      expect(await count()).toBe(0);
      await caller.rollback();
      await database().owner.rows('update organizations set deleted_at = now() where id = $1', [there.id]);
      expect(await database().user(lead).rows('select from customers')).toEqual([]);
      expect(await database().user(lead).rows('select from organizations where id = $1', [there.id])).toEqual(
        [],
      );
    });
  });

  describe('through territories', () => {
    let organization: Organization;
    let boss: Person;
    let rep: Person;
    let branch: Branch;
    beforeAll(async () => {
      boss = await signUp(database(), 'Boss');
      organization = await found(database(), boss, 'Field');
      rep = await colleague(database(), organization, 'Rep', 'medical_rep');
      branch = await addBranch(database().owner, organization);
      await addCustomer(database().owner, organization, {
        name: 'Customer there',
        territory_id: branch.brick,
      });
    });

    it('begins and ends with the statement after the assignment does, and follows a move of the map', async () => {
      const caller = await database().user(rep).begin();
      const count = async () =>
        (await caller.query<{ count: number }>('select count(*)::integer from customers')).rows[0]?.count;
      expect(await count()).toBe(0);
      const id = await assign(database().user(boss), organization, rep, branch.city);
      expect(await count()).toBe(1);
      const elsewhere = await addBranch(database().owner, organization, { country: branch.country });
      await database().user(boss).rows('select move_territory($1, $2)', [branch.area, elsewhere.city]);
      expect(await count()).toBe(0);
      await database().user(boss).rows('select move_territory($1, $2)', [branch.area, branch.city]);
      expect(await count()).toBe(1);
      await database()
        .user(boss)
        .rows('update territory_assignments set ends_on = $2 where id = $1', [id, daysFromNow(-1)]);
      expect(await count()).toBe(0);
      await caller.rollback();
    });

    it('turns with the day of the organisation, wherever its people are', async () => {
      const set = (zone: string) =>
        database().owner.rows(
          `insert into settings (org_id, key, value) values ($1, 'region.time_zone', $2)
           on conflict (org_id, key) do update set value = excluded.value`,
          [organization.id, zone],
        );
      const { kiritimati, midway } = await database().owner.row<{ kiritimati: string; midway: string }>(
        `select (now() at time zone 'Pacific/Kiritimati')::date::text as kiritimati, (now() at time zone 'Pacific/Midway')::date::text as midway`,
      );
      // Twenty-five hours lie between the two: it is never the same day in both.
      expect(kiritimati > midway).toBe(true);
      await database().owner.rows('delete from territory_assignments where user_id = $1', [rep.id]);
      await assign(database().owner, organization, rep, branch.brick, {
        starts_on: kiritimati,
        ends_on: kiritimati,
      });
      await set('Pacific/Kiritimati');
      expect(await seen(rep, organization)).toEqual(['Customer there']);
      await set('Pacific/Midway');
      await database().owner.rows(`update profiles set timezone = 'Pacific/Kiritimati' where id = $1`, [
        rep.id,
      ]);
      expect(await seen(rep, organization)).toEqual([]);
      await database().owner.rows('delete from territory_assignments where user_id = $1', [rep.id]);
    });

    it('lets a representative work there, and not carry anything out of reach', async () => {
      await assign(database().owner, organization, rep, branch.area);
      const caller = database().user(rep);
      const elsewhere = await addBranch(database().owner, organization, { country: branch.country });
      const ofOthers =
        'update customers set territory_id = $1 where org_id = $2 and owner_id is distinct from $3';
      expect(await caller.count(ofOthers, [branch.brick, organization.id, rep.id])).toBe(1);
      expect(await caller.refusal(ofOthers, [elsewhere.brick, organization.id, rep.id])).toMatchObject({
        code: '42501',
      });
      expect(await caller.refusal(ofOthers, [null, organization.id, rep.id])).toMatchObject({
        code: '42501',
      });
      await addCustomer(caller, organization, { name: 'Customer new', territory_id: branch.brick });
      await database().owner.rows('delete from territory_assignments where user_id = $1', [rep.id]);
      expect(await seen(rep, organization)).toEqual(['Customer new']);
    });
  });
});

describe('a request that is narrowed', () => {
  let organization: Organization;
  let admin: Person;
  let seller: Person;
  const roleOf = async (key: string, of = organization) =>
    (
      await database().owner.row<{ id: string }>('select id from roles where org_id = $1 and key = $2', [
        of.id,
        key,
      ])
    ).id;
  /** Asks as somebody, with claims and headers of the request. */
  const asked = async <Row extends Record<string, unknown>>(
    person: Person,
    request: { claims?: Record<string, unknown>; headers?: string },
    sql: string,
    values: unknown[] = [],
  ) => {
    const transaction = await database().user(person).begin();
    try {
      await transaction.query(
        `select set_config('request.jwt.claims', $1, true), set_config('request.headers', $2, true)`,
        [JSON.stringify({ role: 'authenticated', sub: person.id, ...request.claims }), request.headers ?? ''],
      );
      const { rows, rowCount } = await transaction.query<Row>(sql, values);
      return { rows, count: rowCount ?? 0 };
    } finally {
      await transaction.rollback();
    }
  };
  beforeAll(async () => {
    admin = await signUp(database(), 'Admin');
    organization = await found(database(), admin, 'Narrow');
    seller = await colleague(database(), organization, 'Seller', 'sales');
    await addCustomer(database().owner, organization, { name: 'Customer of nobody', owner_id: null });
    await addCustomer(database().owner, organization, { name: 'Customer of admin', owner_id: admin.id });
  });
  const read = 'select name from customers order by name';
  const change = `update customers set phase = 'x'`;

  it('by the scopes of an API key has no permission beyond them, and belongs to one organisation', async () => {
    const key = (scopes: unknown, org = organization.id) => ({
      claims: { api_key_id: organization.id, org_id: org, scopes },
    });
    const [customers, products] = [['customers:read'], ['products:read']];
    expect((await asked(admin, key(customers), read)).count).toBe(2);
    expect((await asked(admin, key(customers), change)).count).toBe(0);
    expect((await asked(admin, key([...customers, 'customers:update']), change)).count).toBe(2);
    for (const scopes of [products, [], null, undefined, 'customers:read:x', { a: 1 }]) {
      expect((await asked(admin, key(scopes), read)).count).toBe(0);
    }
    const elsewhere = await found(database(), admin, 'Elsewhere');
    expect((await asked(admin, key(customers, elsewhere.id), read)).count).toBe(0);
    expect((await asked(admin, key(customers), 'select id from organizations')).count).toBe(1);
    expect((await asked(seller, key(['settings:update']), `update settings set value = value`)).count).toBe(
      0,
    );
  });

  it('by an admin’s choice of a role reads as that role and changes nothing', async () => {
    const as = async (role: string) => ({ headers: JSON.stringify({ 'x-tandem-view-as': role }) });
    const rep = await as(await roleOf('medical_rep'));
    expect((await asked(admin, rep, read)).rows).toEqual([{ name: 'Customer of admin' }]);
    expect((await asked(admin, rep, change)).count).toBe(0);
    const { rows } = await asked<{ access: Record<string, unknown> }>(
      admin,
      rep,
      'select my_access($1) as access',
      [organization.id],
    );
    expect(rows[0]?.access).toMatchObject({
      roles: ['medical_rep'],
      viewing_as: await roleOf('medical_rep'),
    });
    const permissions = rows[0]?.access['permissions'] as { key: string }[];
    expect(permissions.length).toBeGreaterThan(3);
    expect(permissions.filter(({ key }) => !key.endsWith(':read'))).toEqual([]);
    const manager = await as(await roleOf('manager'));
    expect((await asked(admin, manager, read)).count).toBe(2);
    expect((await asked(admin, manager, change)).count).toBe(0);
  });

  it('is not narrowed, let alone widened, by the header of somebody who is no admin, or by nonsense', async () => {
    const elsewhere = await found(database(), await signUp(database(), 'Stranger'), 'Elsewhere');
    const { owner } = database();
    const viewer = await colleague(database(), organization, 'Viewer', 'viewer');
    for (const role of [await roleOf('admin'), await roleOf('medical_rep'), 'nonsense', '', elsewhere.id]) {
      const headers = JSON.stringify({ 'x-tandem-view-as': role });
      expect((await asked(viewer, { headers }, read)).count).toBe(2);
      expect((await asked(viewer, { headers }, change)).count).toBe(0);
      expect((await asked(seller, { headers }, change)).count).toBe(2);
    }
    for (const headers of [
      JSON.stringify({ 'x-tandem-view-as': await roleOf('viewer', elsewhere) }),
      '{"x-tandem-view-as": 7}',
      'x-tandem-view-as',
      '["x-tandem-view-as"]',
    ]) {
      expect((await asked(admin, { headers }, change)).count).toBe(2);
    }
    await owner.rows('update memberships set is_active = false where user_id = $1', [viewer.id]);
  });
});
