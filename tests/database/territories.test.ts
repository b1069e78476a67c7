import { beforeEach, describe, expect, it } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, type Organization, type Person, signUp } from './support/fixtures.ts';
import { addBranch, addTerritory, assign, type Branch, daysFromNow, levels } from './support/territories.ts';

const database = useDatabase();
let admin: Person;
let caller: Requester;
let organization: Organization;
let branch: Branch;
beforeEach(async () => {
  admin = await signUp(database(), 'Admin');
  organization = await found(database(), admin, 'Maps');
  caller = database().user(admin);
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

const square = [
  [30, 30],
  [31, 30],
  [31, 31],
  [30, 31],
  [30, 30],
];

describe('a boundary', () => {
  const write = (boundary: unknown) => [JSON.stringify(boundary), branch.brick] as const;
  const update = 'update territories set boundary = $1::jsonb where id = $2';

  it.each([
    ['polygon', { type: 'Polygon', coordinates: [square] }],
    [
      'polygon with a hole',
      {
        type: 'Polygon',
        coordinates: [square, square.map(([x = 0, y = 0]) => [30.5 + (x - 30) / 9, 30.5 + (y - 30) / 9])],
      },
    ],
    ['group of polygons', { type: 'MultiPolygon', coordinates: [[square], [square]] }],
  ])('can be a %s', async (_, boundary) => {
    expect(await caller.count(update, [...write(boundary)])).toBe(1);
  });

  it.each<[string, unknown]>([
    ['an open ring', { type: 'Polygon', coordinates: [square.slice(0, 4)] }],
    [
      'three positions',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 1],
            [2, 2],
            [1, 1],
          ],
        ],
      },
    ],
    [
      'a ring without area',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 1],
            [2, 2],
            [1, 1],
            [1, 1],
          ],
        ],
      },
    ],
    [
      'latitude beyond the pole',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 91],
            [2, 2],
            [3, 1],
            [1, 91],
          ],
        ],
      },
    ],
    [
      'longitude beyond the date line',
      {
        type: 'Polygon',
        coordinates: [
          [
            [181, 1],
            [2, 2],
            [3, 1],
            [181, 1],
          ],
        ],
      },
    ],
    [
      'an endless number',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1e300, 1],
            [2, 2],
            [3, 1],
            [1e300, 1],
          ],
        ],
      },
    ],
    [
      'positions as text',
      {
        type: 'Polygon',
        coordinates: [
          [
            ['1', '1'],
            ['2', '2'],
            ['3', '1'],
            ['1', '1'],
          ],
        ],
      },
    ],
    [
      'positions with four numbers',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1, 1, 1, 1],
            [2, 2, 1, 1],
            [3, 1, 1, 1],
            [1, 1, 1, 1],
          ],
        ],
      },
    ],
    ['nothing', { type: 'Polygon', coordinates: [] }],
    ['no coordinates', { type: 'MultiPolygon' }],
    ['null coordinates', { type: 'Polygon', coordinates: null }],
    ['coordinates that are an object', { type: 'MultiPolygon', coordinates: { a: 1 } }],
    ['a ring that is a number', { type: 'Polygon', coordinates: [7] }],
    ['a ring of numbers', { type: 'Polygon', coordinates: [[1, 2, 3, 4]] }],
    ['a point', { type: 'Point', coordinates: [1, 1] }],
    ['a feature', { type: 'Feature', geometry: { type: 'Polygon', coordinates: [square] } }],
    ['more than geometry', { type: 'Polygon', coordinates: [square], crs: {} }],
    ['a type that is a list', { type: ['Polygon'], coordinates: [square] }],
    ['a list', [square]],
    ['a word', 'Polygon'],
    ['a number', 7],
    ['true', true],
    ['JSON null', null],
    [
      'too many positions',
      { type: 'Polygon', coordinates: [[...Array.from({ length: 20_001 }, (_, i) => [i / 200, 1]), [0, 1]]] },
    ],
    [
      'megabytes',
      { type: 'Polygon', coordinates: [square], bbox: Array.from({ length: 300_000 }, () => 1.5) },
    ],
  ])('cannot be %s', async (_, boundary) => {
    expect(await caller.refusal(update, [...write(boundary)])).toMatchObject({
      code: 'PT422',
      message: 'invalid_value',
      detail: { field: 'boundary' },
    });
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
      code: '42501',
    });
  });
});

interface Report {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  applied: boolean;
  error_count: number;
  errors: { line: number; field: string; code: string }[];
}

describe('importing a file of territories', () => {
  const load = async (rows: unknown, dryRun = false, requester = caller): Promise<Report> =>
    (
      await requester.row<{ report: Report }>('select import_territories($1, $2, $3) as report', [
        organization.id,
        JSON.stringify(rows),
        dryRun,
      ])
    ).report;
  const territories = async () =>
    (
      await caller.row<{ count: number }>('select count(*)::int from territories where org_id = $1', [
        organization.id,
      ])
    ).count;

  const file = [
    { level: 'area', code: 'A1', parent_code: 'C1', name: 'Area' },
    { level: 'country', code: 'EG', parent_code: '', name: 'Egypt', name_ar: 'مصر' },
    {
      level: 'region',
      code: 'R1',
      parent_code: 'EG',
      name: 'Delta',
      boundary: JSON.stringify({ type: 'Polygon', coordinates: [square] }),
    },
    { level: 'governorate', code: 'G1', parent_code: 'R1', name: 'Gharbia' },
    { level: 'city', code: 'C1', parent_code: 'G1', name: 'Tanta' },
    { level: 'brick', code: 'B1', parent_code: 'A1', name: 'Brick 1' },
  ];

  it('adds what is new in any order of lines, updates what is there, and can be tried first', async () => {
    const before = await territories();
    expect(await load(file, true)).toMatchObject({ created: 6, updated: 0, applied: false, errors: [] });
    expect(await territories()).toBe(before);
    expect(await load(file)).toMatchObject({ created: 6, applied: true });
    expect(await territories()).toBe(before + 6);
    const renamed = file.map((row) => (row.code === 'C1' ? { ...row, name: 'Tanta city' } : row));
    expect(await load(renamed)).toMatchObject({ created: 0, updated: 1, unchanged: 5 });
    expect(
      await caller.row(`select name, version from territories where code = 'C1' and org_id = $1`, [
        organization.id,
      ]),
    ).toEqual({
      name: 'Tanta city',
      version: 2,
    });
  });

  it('imports nothing when a line is wrong, and names each wrong line and field', async () => {
    const before = await territories();
    const report = await load([
      ...file,
      { line: 70, level: 'brick', code: 'B2', parent_code: 'C1', name: 'Not in an area' },
      { line: 71, level: 'brick', code: 'B3', parent_code: 'Nowhere', name: 'x' },
      { line: 72, level: 'village', code: 'B4', parent_code: 'A1', name: 'x' },
      { line: 73, level: 'brick', code: 'bad code', parent_code: 'A1', name: '  ' },
      { line: 74, level: 'brick', code: 'B1', parent_code: 'A1', name: 'Twice' },
      { line: 75, level: 'country', code: 'XX', parent_code: 'EG', name: 'x' },
      {
        line: 76,
        level: 'brick',
        code: 'B5',
        name: 'x',
        parent_code: 'A1',
        boundary: { type: 'Polygon', coordinates: [] },
      },
      { line: 77, level: 'brick', code: 'B6', name: 'x' },
      'nonsense',
    ]);
    expect(report).toMatchObject({ created: 0, applied: false });
    const found = report.errors.map(({ line, code }) => `${line} ${code}`);
    expect(found).toEqual(
      expect.arrayContaining([
        '6 duplicate_code',
        '15 invalid_row',
        '70 parent_not_one_level_up',
        '71 parent_not_found',
        '72 unknown_level',
        '73 invalid_code',
        '73 invalid_name',
        '74 duplicate_code',
        '75 parent_not_wanted',
        '76 invalid_boundary',
        '77 parent_missing',
      ]),
    );
    expect(new Set(found).size).toBe(found.length);
    expect(report.error_count).toBe(found.length);
    expect(await territories()).toBe(before);
  });

  it('neither moves a territory nor changes its level', async () => {
    await load(file);
    const report = await load([
      { level: 'region', code: 'R2', parent_code: 'EG', name: 'Other' },
      { level: 'governorate', code: 'G1', parent_code: 'R2', name: 'Gharbia' },
      { level: 'brick', code: 'A1', parent_code: 'C1', name: 'Area' },
    ]);
    expect(report.errors.map(({ line, code }) => `${line} ${code}`)).toEqual(
      expect.arrayContaining(['2 parent_fixed', '3 level_fixed']),
    );
  });

  it('takes 10,000 lines in a few seconds and not one more', async () => {
    const bricks = Array.from({ length: 9_994 }, (_, index) => ({
      level: 'brick',
      code: `X${index}`,
      parent_code: 'A1',
      name: `Brick ${index}`,
    }));
    const started = performance.now();
    expect(await load([...file, ...bricks])).toMatchObject({ created: 10_000, applied: true });
    expect(performance.now() - started).toBeLessThan(20_000);
    await expect(load([...file, ...bricks, bricks[0]])).rejects.toMatchObject({ code: 'PT413' });
  });

  it.each([null, {}, 'text', 7])('refuses %j instead of a list', async (rows) => {
    await expect(load(rows)).rejects.toMatchObject({ code: 'PT422' });
  });

  it('is for those who may change territories', async () => {
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    await expect(load(file, true, database().user(manager))).rejects.toMatchObject({ code: 'PT403' });
    await expect(
      load(file, true, database().user(await signUp(database(), 'Stranger'))),
    ).rejects.toMatchObject({
      code: 'PT404',
    });
  });
});
