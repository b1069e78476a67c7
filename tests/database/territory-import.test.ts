import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { colleague, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { square } from './support/territories.ts';

const database = useDatabase();
const { organization, caller } = useOrganization(database, 'Maps');

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

  it('takes 10,000 lines, each about as quickly as one of 1,000, and not one more', async () => {
    const bricks = (series: string, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        level: 'brick',
        code: `${series}${index}`,
        parent_code: 'A1',
        name: `Brick ${index}`,
      }));
    const timed = async (rows: unknown[], created: number) => {
      const started = performance.now();
      expect(await load(rows)).toMatchObject({ created, applied: true });
      return performance.now() - started;
    };
    await load(file);
    const many = [...file, ...bricks('X', 9_994)];
    // A small file before and one after, because the machine may get busy in between.
    const before = await timed(bricks('W', 1_000), 1_000);
    const large = await timed(many, 9_994);
    const after = await timed(bricks('Y', 1_000), 1_000);
    // Were each line to look at all others, it would be a hundred times as long.
    expect(large).toBeLessThan(20 * Math.max(before, after, 250));
    await expect(load([...many, many[0]])).rejects.toMatchObject({ code: 'PT413' });
  }, 120_000);

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
