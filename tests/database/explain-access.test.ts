import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch, assign, type Branch } from './support/territories.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'Explained', beforeAll);
let top: Person;
let lead: Person;
let rep: Person;
let branch: Branch;
let customer: string;
beforeAll(async () => {
  top = await colleague(database(), organization, 'Top', 'district_manager');
  lead = await colleague(database(), organization, 'Lead', 'district_manager', top);
  rep = await colleague(database(), organization, 'Rep', 'medical_rep', lead);
  branch = await addBranch(database().owner, organization);
  customer = await addCustomer(database().owner, organization, {
    owner_id: rep.id,
    territory_id: branch.brick,
  });
});

const explain = async (person: Person, record = customer, table = 'customers') =>
  (
    await database()
      .user(person)
      .row<{ answer: Record<string, unknown> }>('select explain_access($1, $2) as answer', [table, record])
  ).answer;

describe('why a person sees a customer', () => {
  it('names the role that reads all, and who assigned it when', async () => {
    const seller = await signUp(database(), 'Seller');
    await database().owner.rows('insert into memberships (org_id, user_id) values ($1, $2)', [
      organization.id,
      seller.id,
    ]);
    await database()
      .user(admin)
      .rows(
        `insert into member_roles (org_id, user_id, role_id) select $1, $2, id from roles where org_id = $1 and key = 'sales'`,
        [organization.id, seller.id],
      );
    expect(await explain(seller)).toMatchObject({
      visible: true,
      permission: 'customers:read',
      may_update: true,
      may_delete: false,
      reasons: [
        {
          rule: 'all',
          roles: [
            {
              key: 'sales',
              scope: 'all',
              granted_by: admin.id,
              granted_at: expect.stringMatching(/^\d{4}-/),
            },
          ],
        },
      ],
    });
  });

  it('names ownership, and the line of reports down to the owner', async () => {
    expect(await explain(rep)).toMatchObject({
      reasons: [{ rule: 'own', owner_id: rep.id, chain: [rep.id] }],
    });
    expect(await explain(top)).toMatchObject({
      may_update: true,
      reasons: [
        {
          rule: 'report',
          owner_id: rep.id,
          chain: [top.id, lead.id, rep.id],
          roles: [{ key: 'district_manager' }],
        },
      ],
    });
  });

  it('names the territory and the assignment that covers it', async () => {
    const other = await colleague(database(), organization, 'Other', 'medical_rep');
    const id = await assign(database().user(admin), organization, other, branch.city);
    expect(await explain(other)).toMatchObject({
      reasons: [
        {
          rule: 'territory',
          territory_id: branch.brick,
          assignments: [
            { id, territory: { id: branch.city, level: 'city' }, granted_by: admin.id, ends_on: null },
          ],
          roles: [{ key: 'medical_rep', scope: 'territory' }],
        },
      ],
    });
  });

  it('follows a part to the record it is part of', async () => {
    const { id } = await database().owner.row<{ id: string }>(
      `insert into interactions (org_id, customer_id, type, note) values ($1, $2, 'note', 'x') returning id`,
      [organization.id, customer],
    );
    expect(await explain(rep, id, 'interactions')).toMatchObject({
      visible: true,
      permission: 'interactions:read',
      reasons: [{ rule: 'parent', roles: [{ key: 'medical_rep' }] }],
      parent: { visible: true, table: 'customers', record_id: customer, reasons: [{ rule: 'own' }] },
    });
  });

  it('is the same for what is hidden, what is in the trash and what never was', async () => {
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Elsewhere');
    const idle = await colleague(database(), organization, 'Idle', 'medical_rep');
    const trashed = await addCustomer(database().owner, organization);
    await database().user(admin).rows('select delete_customer($1)', [trashed]);
    const nobodys = randomUUID();
    for (const person of [stranger, idle]) {
      for (const id of [customer, trashed, nobodys]) {
        expect(await explain(person, id)).toEqual({ visible: false, table: 'customers', record_id: id });
      }
    }
    expect(await explain(admin, trashed)).toEqual({ visible: false, table: 'customers', record_id: trashed });
  });
});

describe('every table', () => {
  it('can be asked about: each visible row has a reason', async () => {
    const tables = await database().owner.rows<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and a.atttypid = 'uuid'::regtype
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and has_table_privilege('authenticated', c.oid, 'select')`,
    );
    let asked = 0;
    for (const { name } of tables) {
      const [row] = await database().user(admin).rows<{ id: string }>(`select id from ${name} limit 1`);
      if (!row) continue;
      const answer = await explain(admin, row.id, name);
      expect([name, answer]).toEqual([name, expect.objectContaining({ visible: true })]);
      expect(answer['reasons']).not.toEqual([]);
      asked++;
    }
    expect(asked).toBeGreaterThan(8);
  });

  it.each([
    '',
    'nothing',
    'pg_class',
    'permissions',
    'countries',
    `customers; drop table customers`,
    'x'.repeat(10_000),
  ])('does not include %j', async (table) => {
    await expect(explain(admin, customer, table)).rejects.toMatchObject({ code: 'PT422' });
  });
});
