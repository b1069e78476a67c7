import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase, type Requester } from './support/database.ts';
import { colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization } = useOrganization(database, 'Settings', beforeAll);

const caller = (person: Person = admin) => database().user(person);

interface Answer {
  applied: string[];
  conflicts: { key: string; yours: string; theirs: string; by: string }[];
}

async function save(changes: unknown, seen: unknown = {}, by: Requester = caller()): Promise<Answer> {
  const { answer } = await by.row<{ answer: Answer }>('select save_settings($1, $2, $3) as answer', [
    organization.id,
    JSON.stringify(changes),
    JSON.stringify(seen),
  ]);
  return answer;
}

const refused = (changes: unknown, by: Requester = caller()) =>
  by.refusal('select save_settings($1, $2)', [organization.id, JSON.stringify(changes)]);

async function valueOf(key: string): Promise<string> {
  return (
    await caller().row<{ value: string }>(
      'select value from organization_settings($2) where key = $1 and version > 0',
      [key, organization.id],
    )
  ).value;
}

/** Every kind of setting there can be, declared as a migration would. */
const declared = [
  { key: 'sample.text', type: 'string', default: 'abc', minimum: 2, maximum: 5, description: 'A text.' },
  {
    key: 'sample.choice',
    type: 'string',
    default: 'red',
    allowed: ['red', 'green'],
    description: 'A choice.',
  },
  { key: 'sample.zone', type: 'string', default: 'UTC', is_time_zone: true, description: 'A zone.' },
  { key: 'sample.count', type: 'integer', default: '1', minimum: 1, maximum: 365, description: 'A count.' },
  { key: 'sample.rate', type: 'number', default: '0.5', minimum: 0, maximum: 1, description: 'A rate.' },
  { key: 'sample.flag', type: 'boolean', default: 'false', description: 'A flag.' },
  { key: 'sample.day', type: 'date', default: '2026-01-31', description: 'A day.' },
  { key: 'sample.rules', type: 'json', default: '{}', description: 'Rules.' },
];
const declare = (settings: unknown) =>
  database().owner.rows('select private.add_settings($1)', [JSON.stringify(settings)]);

describe('a setting', () => {
  beforeAll(() => declare(declared));

  it('reaches organisations that exist already, with its default, and those founded later', async () => {
    const later = await found(database(), admin, 'Later');
    for (const { id } of [organization, later]) {
      const rows = await caller().rows(
        `select key, value from organization_settings($1) where group_name = 'sample'`,
        [id],
      );
      expect(rows).toEqual(declared.map(({ key, default: value }) => ({ key, value })));
    }
  });

  it('declared again keeps what organisations chose', async () => {
    await save({ 'sample.text': 'mine' });
    await declare([{ ...declared[0], default: 'new' }]);
    expect(await valueOf('sample.text')).toBe('mine');
    await declare(declared.slice(0, 1));
  });

  it('cannot be declared with a default it would refuse', async () => {
    const wrong = [{ key: 'sample.wrong', type: 'integer', default: 'three', description: 'Wrong.' }];
    expect(
      (await database().owner.refusal('select private.add_settings($1)', [JSON.stringify(wrong)])).message,
    ).toContain('sample.wrong');
  });

  it.each([
    ['sample.text', ' abcd ', 'abcd'],
    ['sample.choice', 'green', 'green'],
    ['sample.zone', 'Africa/Cairo', 'Africa/Cairo'],
    ['sample.count', '007', '7'],
    ['sample.count', 365, '365'],
    ['sample.rate', '0.2500', '0.25'],
    ['sample.flag', true, 'true'],
    ['sample.day', '2028-02-29', '2028-02-29'],
    ['sample.rules', { any: [1] }, '{"any": [1]}'],
  ])('%s takes %j', async (key, value, stored) => {
    expect((await save({ [key]: value })).applied).toEqual([key]);
    expect(await valueOf(key)).toBe(stored);
    expect((await save({ [key]: null })).applied).toEqual([key]);
    expect(await valueOf(key)).toBe(declared.find((setting) => setting.key === key)?.default);
  });

  it.each([
    ['sample.text', 'a'],
    ['sample.text', 'abcdef'],
    ['sample.choice', 'blue'],
    ['sample.choice', ''],
    ['sample.zone', 'Africa/Atlantis'],
    ['sample.zone', 'EST5EDT4,M3.2.0'],
    ['sample.count', '0'],
    ['sample.count', '366'],
    ['sample.count', '3.5'],
    ['sample.count', ''],
    ['sample.count', '99999999999999999999'],
    ['sample.rate', 'NaN'],
    ['sample.rate', '1.01'],
    ['sample.flag', 'yes'],
    ['sample.day', '2026-02-30'],
    ['sample.day', 'tomorrow'],
    ['sample.rules', '{'],
  ])('%s refuses %j and names the field', async (key, value) => {
    expect(await refused({ [key]: value })).toMatchObject({
      code: 'PT422',
      message: 'invalid_setting',
      detail: { field: key },
    });
    // The same on the direct way to the table.
    expect(
      await caller().refusal('update settings set value = $3 where org_id = $1 and key = $2', [
        organization.id,
        key,
        value,
      ]),
    ).toMatchObject({ code: 'PT422', message: 'invalid_setting', detail: { field: key } });
  });

  it('answers garbage with words about the request, never with a failure of the server', async () => {
    const keys = fc.oneof(fc.constantFrom(...declared.map(({ key }) => key)), fc.string());
    const values = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue());
    const bodies = fc.oneof(fc.dictionary(keys, values, { maxKeys: 3 }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(bodies, bodies, async (changes, seen) => {
        const transaction = await database().user(admin).begin();
        try {
          await transaction.query('select save_settings($1, $2, $3)', [
            organization.id,
            JSON.stringify(changes),
            JSON.stringify(seen),
          ]);
        } catch (error) {
          // 22P05: a NUL inside JSON text, refused by Postgres itself as a bad request.
          expect(refusalOf(error).code).toMatch(/^(PT4\d\d|22P05|22P02)$/);
        } finally {
          await transaction.rollback();
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('saving settings', () => {
  it('changes all or nothing', async () => {
    expect(await refused({ 'products.active_limit': '9', 'trash.retention_days': '366' })).toMatchObject({
      detail: { field: 'trash.retention_days', minimum: 1, maximum: 365 },
    });
    expect(await valueOf('products.active_limit')).toBe('3');
  });

  it('names who changed a setting meanwhile, and leaves theirs', async () => {
    const other = await colleague(database(), organization, 'Omar', 'admin');
    await save({ 'trash.retention_days': '60' }, { 'trash.retention_days': '30' }, caller(other));
    const answer = await save(
      { 'trash.retention_days': '90', 'products.active_limit': '4' },
      { 'trash.retention_days': '30', 'products.active_limit': '3' },
    );
    expect(answer.applied).toEqual(['products.active_limit']);
    expect(answer.conflicts).toMatchObject([
      { key: 'trash.retention_days', yours: '90', theirs: '60', by: other.id },
    ]);
    expect(await valueOf('trash.retention_days')).toBe('60');
    // What both wanted is no conflict.
    expect(await save({ 'trash.retention_days': '60' }, { 'trash.retention_days': '30' })).toEqual({
      applied: [],
      conflicts: [],
    });
  });

  it('asks for a second factor only of who asks it of others', async () => {
    const strict = { 'security.require_second_factor': true };
    expect(await refused(strict)).toMatchObject({
      code: 'PT409',
      message: 'second_factor_first',
      detail: { field: 'security.require_second_factor' },
    });
    const twice = database().as({ role: 'authenticated', sub: admin.id, aal: 'aal2' });
    expect((await save(strict, {}, twice)).applied).toEqual(['security.require_second_factor']);
    expect((await save({ 'security.require_second_factor': null }, {}, twice)).applied).toHaveLength(1);
  });

  it('refuses unknown settings, members without the permission, and strangers', async () => {
    expect(await refused({ 'products.unheard_of': '1' })).toMatchObject({
      code: 'PT422',
      message: 'unknown_setting',
      detail: { field: 'products.unheard_of' },
    });
    const manager = await colleague(database(), organization, 'Mona', 'manager');
    expect(await refused({ 'trash.retention_days': '7' }, caller(manager))).toMatchObject({
      code: 'PT403',
      message: 'settings_update_denied',
    });
    const stranger = caller(await signUp(database(), 'Stranger'));
    expect(await refused({ 'trash.retention_days': '7' }, stranger)).toMatchObject({
      code: 'PT404',
      message: 'organization_not_found',
    });
    expect(await stranger.rows('select * from organization_settings($1)', [organization.id])).toEqual([]);
  });

  it('of two people at once lets both through, each with their own setting', async () => {
    const other = await colleague(database(), organization, 'Olga', 'admin');
    const first = await caller().begin();
    await first.query('select save_settings($1, $2)', [
      organization.id,
      '{"trash.retention_days": "10", "products.active_limit": "5"}',
    ]);
    const second = save({ 'products.active_limit': '6', 'region.language': 'ar' }, {}, caller(other));
    await first.commit();
    expect((await second).applied.toSorted()).toEqual(['products.active_limit', 'region.language']);
    expect(await valueOf('products.active_limit')).toBe('6');
    expect(await valueOf('trash.retention_days')).toBe('10');
  });
});

describe('the region of an organisation', () => {
  it('is taken over by who joins first here and told nothing themselves', async () => {
    const cairo = await found(database(), admin, 'Cairo');
    await caller().rows('select save_settings($1, $2)', [
      cairo.id,
      '{"region.time_zone": "Africa/Cairo", "region.language": "ar"}',
    ]);
    const silent = await colleague(database(), cairo, 'Silent', 'viewer');
    const region = 'select timezone, locale from profiles where id = $1';
    expect(await database().owner.row(region, [silent.id])).toEqual({
      timezone: 'Africa/Cairo',
      locale: 'ar',
    });

    const outspoken = await signUp(database(), 'Outspoken', { timezone: 'Europe/Berlin', locale: 'de' });
    await database().owner.rows('insert into memberships (org_id, user_id) values ($1, $2)', [
      cairo.id,
      outspoken.id,
    ]);
    expect(await database().owner.row(region, [outspoken.id])).toEqual({
      timezone: 'Europe/Berlin',
      locale: 'de',
    });
  });
});
