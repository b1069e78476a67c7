import { beforeEach, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { addBranch, addTerritory, assign, type Branch, daysFromNow, levels } from './support/territories.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Maps');
let branch: Branch;
beforeEach(async () => {
  branch = await addBranch(caller, organization);
});

const pathOf = async (id: string) =>
  (await caller.row<{ path: string }>('select path::text from territories where id = $1', [id])).path;
const label = (id: string) => id.replaceAll('-', '');

describe('the tree of territories', () => {
  it('keeps in every path the way down from the country', async () => {
    expect(await pathOf(branch.brick)).toBe(levels.map((level) => label(branch[level])).join('.'));
  });

  it.each(levels.slice(1))('lets a %s lie only in what is one level wider', async (level) => {
    for (const parent of levels) {
      const attempt = `insert into territories (org_id, level, parent_id, code, name) values ($1, $2, $3, $4, 'x')`;
      const values = [organization.id, level, branch[parent], `${level}.in.${parent}`];
      if (levels.indexOf(parent) === levels.indexOf(level) - 1) {
        expect(await caller.count(attempt, values)).toBe(1);
      } else {
        expect(await caller.refusal(attempt, values)).toMatchObject({
          code: 'PT422',
          message: 'parent_not_one_level_up',
          detail: { field: 'parent_id', level, parent_level: parent },
        });
      }
    }
    expect(
      await caller.refusal(
        `insert into territories (org_id, level, code, name) values ($1, $2, 'orphan', 'x')`,
        [organization.id, level],
      ),
    ).toMatchObject({ code: 'PT422', message: 'parent_not_one_level_up' });
  });

  it('takes no parent from another organisation, and tells strangers nothing', async () => {
    const stranger = await signUp(database(), 'Stranger');
    const elsewhere = await found(database(), stranger, 'Elsewhere');
    expect(
      await database()
        .user(stranger)
        .refusal(
          `insert into territories (org_id, level, parent_id, code, name) values ($1, 'region', $2, 'x', 'x')`,
          [elsewhere.id, branch.country],
        ),
    ).toMatchObject({ code: 'PT422', message: 'parent_not_found' });
    const intrusion = `insert into territories (org_id, level, parent_id, code, name) values ($1, 'brick', $2, 'x', 'x')`;
    for (const parent of [branch.area, branch.country, elsewhere.id]) {
      expect(await database().user(stranger).refusal(intrusion, [organization.id, parent])).toMatchObject({
        code: '42501',
      });
    }
  });

  it('moves a subtree with everything below it', async () => {
    const other = await addTerritory(caller, organization, 'governorate', branch.region);
    await caller.rows('select move_territory($1, $2)', [branch.city, other]);
    expect(await pathOf(branch.brick)).toBe(
      [branch.country, branch.region, other, branch.city, branch.area, branch.brick].map(label).join('.'),
    );
    expect(await pathOf(branch.governorate)).toBe(
      [branch.country, branch.region, branch.governorate].map(label).join('.'),
    );
  });

  it('refuses moves that are no moves in a tree, and tells those who may not', async () => {
    const move = 'select move_territory($1, $2)';
    expect(await caller.refusal(move, [branch.city, branch.area])).toMatchObject({
      code: 'PT422',
      message: 'parent_not_one_level_up',
    });
    expect(await caller.refusal(move, [branch.city, null])).toMatchObject({ code: 'PT422' });
    expect(await caller.refusal(move, [branch.city, organization.id])).toMatchObject({
      code: 'PT422',
      message: 'parent_not_found',
    });
    const viewer = await colleague(database(), organization, 'Viewer', 'viewer');
    expect(await database().user(viewer).refusal(move, [branch.city, branch.governorate])).toMatchObject({
      code: 'PT403',
      detail: { permission: 'territories:update' },
    });
    const stranger = await signUp(database(), 'Stranger');
    for (const id of [branch.city, organization.id]) {
      expect(await database().user(stranger).refusal(move, [id, branch.governorate])).toMatchObject({
        code: 'PT404',
      });
    }
  });

  it('moves from where it was seen, unless somebody has moved it meanwhile', async () => {
    const [first, second] = [
      await addTerritory(caller, organization, 'governorate', branch.region),
      await addTerritory(caller, organization, 'governorate', branch.region),
    ];
    const move = 'select parent_id from move_territory($1, $2, $3)';
    expect(await caller.row(move, [branch.city, first, branch.governorate])).toEqual({ parent_id: first });
    expect(await caller.refusal(move, [branch.city, second, branch.governorate])).toMatchObject({
      code: 'PT409',
      message: 'changed_meanwhile',
      detail: { parent_id: first },
    });
    expect(await caller.row(move, [branch.city, branch.governorate, first])).toEqual({
      parent_id: branch.governorate,
    });
  });

  it('stays a tree when many people move parts of it at once', async () => {
    const governorates = [
      branch.governorate,
      ...(await Promise.all(
        [1, 2, 3].map(() => addTerritory(caller, organization, 'governorate', branch.region)),
      )),
    ];
    const cities = [
      branch.city,
      ...(await Promise.all(
        [1, 2].map(() => addTerritory(caller, organization, 'city', branch.governorate)),
      )),
    ];
    const areas = [
      branch.area,
      ...(await Promise.all([1, 2].map(() => addTerritory(caller, organization, 'area', branch.city)))),
    ];
    const pick = (list: string[], index: number) => list[index % list.length];
    await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        index % 3 === 0
          ? addTerritory(caller, organization, 'brick', pick(areas, index) ?? null)
          : index % 3 === 1
            ? caller.rows('select move_territory($1, $2)', [
                pick(cities, index),
                pick(governorates, index * 7),
              ])
            : caller.rows('select move_territory($1, $2)', [pick(areas, index), pick(cities, index * 5)]),
      ),
    );
    expect(
      await caller.rows(
        `select child.id from territories as child left join territories as parent on parent.id = child.parent_id
         where child.org_id = $1 and child.path::text is distinct from concat_ws('.', parent.path::text, replace(child.id::text, '-', ''))`,
        [organization.id],
      ),
    ).toEqual([]);
  });

  it('lets go only of what is empty', async () => {
    const remove = 'delete from territories where id = $1';
    expect(await caller.refusal(remove, [branch.area])).toMatchObject({
      code: 'PT409',
      message: 'territory_in_use',
      detail: { territories: 1 },
    });
    const customer = await addCustomer(caller, organization);
    await caller.rows('update customers set territory_id = $1 where id = $2', [branch.brick, customer]);
    const assignment = await assign(caller, organization, admin, branch.brick);
    expect(await caller.refusal(remove, [branch.brick])).toMatchObject({
      detail: { territories: 0, customers: 1, assignments: 1 },
    });
    await caller.rows('update customers set territory_id = null where id = $1', [customer]);
    await caller.rows('delete from territory_assignments where id = $1', [assignment]);
    expect(await caller.count(remove, [branch.brick])).toBe(1);
    await database().owner.rows('delete from organizations where id = $1', [organization.id]);
  });

  it('seats customers in bricks of their own organisation only', async () => {
    const customer = await addCustomer(caller, organization);
    const seat = (territory: string) =>
      caller.refusal('select patch_customer($1, $2, $3)', [
        customer,
        { territory_id: territory },
        { territory_id: null },
      ]);
    expect(await seat(branch.area)).toMatchObject({
      code: 'PT422',
      message: 'territory_not_a_brick',
      detail: { field: 'territory_id', level: 'area' },
    });
    const stranger = await signUp(database(), 'Stranger');
    const elsewhere = await found(database(), stranger, 'Elsewhere');
    const foreign = await addBranch(database().user(stranger), elsewhere);
    expect(await seat(foreign.brick)).toMatchObject({
      message: 'territory_not_a_brick',
      detail: { level: null },
    });
    expect(
      await caller.row<{ patched: { applied: string[] } }>('select patch_customer($1, $2, $3) as patched', [
        customer,
        { territory_id: branch.brick },
        { territory_id: null },
      ]),
    ).toMatchObject({ patched: { applied: ['territory_id'] } });
  });

  it('has a view for each level, under the same permissions', async () => {
    const counts = await caller.row(
      `select (select count(*)::int from countries) as countries, (select count(*)::int from regions) as regions,
        (select count(*)::int from governorates) as governorates, (select count(*)::int from cities) as cities,
        (select count(*)::int from areas where city_id = $1) as areas, (select count(*)::int from bricks where area_id = $2) as bricks`,
      [branch.city, branch.area],
    );
    expect(counts).toEqual({ countries: 1, regions: 1, governorates: 1, cities: 1, areas: 1, bricks: 1 });
    const stranger = await signUp(database(), 'Stranger');
    expect(await database().user(stranger).rows('select id from bricks')).toEqual([]);
  });
});

describe('an assignment', () => {
  it('ends on or after the day it begins', async () => {
    await assign(caller, organization, admin, branch.area, {
      starts_on: '2026-03-01',
      ends_on: '2026-03-01',
    });
    expect(
      await caller.refusal(
        `insert into territory_assignments (org_id, user_id, territory_id, starts_on, ends_on) values ($1, $2, $3, '2026-03-02', '2026-03-01')`,
        [organization.id, admin.id, branch.brick],
      ),
    ).toMatchObject({ code: 'PT422', message: 'ends_before_it_begins', detail: { field: 'ends_on' } });
  });

  it('begins on the present day of the organisation when no day is given', async () => {
    const zones = ['Pacific/Kiritimati', 'Pacific/Midway']; // more than a day apart, at any time
    const rows = [];
    for (const zone of zones) {
      await database().owner.rows(
        `insert into settings (org_id, key, value) values ($1, 'region.time_zone', $2)
         on conflict (org_id, key) do update set value = excluded.value`,
        [organization.id, zone],
      );
      rows.push(
        await caller.row(
          `with given as (
             insert into territory_assignments (org_id, user_id, territory_id) values ($1, $2, $3) returning id, starts_on)
           select starts_on = (now() at time zone $4)::date as begins_there from given`,
          [organization.id, admin.id, branch.brick, zone],
        ),
      );
      await database().owner.rows('delete from territory_assignments where territory_id = $1', [
        branch.brick,
      ]);
    }
    expect(rows).toEqual(zones.map(() => ({ begins_there: true })));
  });

  it('is not given twice for the same days, and leaves one main territory at a time', async () => {
    await assign(caller, organization, admin, branch.area, { ends_on: daysFromNow(10), is_primary: true });
    const again = (values: unknown[]) =>
      caller.refusal(
        `insert into territory_assignments (org_id, user_id, territory_id, starts_on, is_primary) values ($1, $2, $3, $4, $5)`,
        [organization.id, admin.id, ...values],
      );
    expect(await again([branch.area, daysFromNow(10), false])).toMatchObject({
      code: 'PT409',
      message: 'already_assigned',
    });
    expect(await again([branch.city, daysFromNow(0), true])).toMatchObject({
      code: 'PT409',
      message: 'another_primary',
      detail: { territory_id: branch.area },
    });
    await assign(caller, organization, admin, branch.area, { starts_on: daysFromNow(11), is_primary: true });
    await assign(caller, organization, admin, branch.city, { starts_on: daysFromNow(0) });
  });

  it('holds its rules when several people assign at once, and for the owner of the schema too', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 6 }, () => assign(caller, organization, admin, branch.city, { is_primary: true })),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await database().owner.rows(
      'alter table territory_assignments disable trigger territory_assignments_before_write_check',
    );
    try {
      await expect(assign(database().owner, organization, admin, branch.city)).rejects.toMatchObject({
        code: '23P01',
      });
    } finally {
      await database().owner.rows(
        'alter table territory_assignments enable trigger territory_assignments_before_write_check',
      );
    }
  });

  it('needs a member and a territory of the same organisation, and territories:assign', async () => {
    const stranger = await signUp(database(), 'Stranger');
    await expect(assign(caller, organization, stranger, branch.area)).rejects.toMatchObject({
      code: '23503',
    });
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    await expect(assign(database().user(manager), organization, manager, branch.area)).rejects.toMatchObject({
      code: 'PT403',
      message: 'territories_assign_denied',
    });
    await expect(
      assign(database().user(stranger), organization, stranger, branch.area),
    ).rejects.toMatchObject({
      code: '42501',
    });
  });
});
