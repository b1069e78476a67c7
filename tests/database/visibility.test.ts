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
  it('is what roles and reporting line give, in every organisation anyone could draw', async () => {
    const shape = fc.array(
      fc.record({
        roles: fc.uniqueArray(fc.constantFrom(...systemRoles), { maxLength: 2 }),
        manager: fc.option(fc.nat(), { nil: undefined }),
        active: fc.boolean(),
      }),
      { minLength: 2, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(shape, async (drawn) => {
        const founder = await signUp(database(), 'Founder');
        const organization = await found(database(), founder, 'Drawn');
        const people: { person: Person; managers: number[]; sees: (owner: number) => boolean }[] = [];
        for (const [index, { roles, manager, active }] of drawn.entries()) {
          const above = manager === undefined || index === 0 ? undefined : manager % index;
          const person = await signUp(database(), `Person ${index}`);
          await join(
            database(),
            organization,
            person,
            roles,
            above === undefined ? undefined : people[above]?.person,
          );
          await addCustomer(database().owner, organization, {
            name: `Customer ${index}`,
            owner_id: person.id,
          });
          if (!active) {
            await database().owner.rows('update memberships set is_active = false where user_id = $1', [
              person.id,
            ]);
          }
          const all: SystemRole[] = ['admin', 'manager', 'sales', 'marketing', 'viewer'];
          const own: SystemRole[] = ['medical_rep', 'district_manager'];
          people.push({
            person,
            managers: above === undefined ? [] : [above, ...(people[above]?.managers ?? [])],
            sees: (owner) =>
              active &&
              (roles.some((role) => all.includes(role)) ||
                (roles.some((role) => own.includes(role)) &&
                  (owner === index || (people[owner]?.managers.includes(index) ?? false)))),
          });
        }
        for (const { person, sees } of people) {
          const expected = people.map((_, owner) => owner).filter(sees);
          expect(await seen(person, organization)).toEqual(expected.map((owner) => `Customer ${owner}`));
        }
      }),
      { numRuns: 12 },
    );
  });

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
});
