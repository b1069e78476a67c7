import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, type Person, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Search', beforeAll);
let rep: Person;

beforeAll(async () => {
  rep = await colleague(database(), organization, 'Rep', 'medical_rep');
  await addCustomer(caller, organization, {
    name: 'Müller Maschinenbau',
    email: 'einkauf@mueller.example',
    phone: '+49 (30) 555-0199',
  });
  await addCustomer(caller, organization, {
    name: 'Dr. Amélie Fournier',
    tags: ['kardiologie'],
    owner_id: rep.id,
  });
  await addCustomer(caller, organization, { name: 'صيدلية النيل' });
  await addCustomer(caller, organization, { name: '100% Bio_Markt', is_archived: true });
  const trashed = await addCustomer(caller, organization, { name: 'Müller in the trash' });
  await caller.rows('select delete_customer($1)', [trashed]);
  const elsewhere = await found(database(), admin, 'Elsewhere');
  await addCustomer(caller, elsewhere, { name: 'Müller elsewhere' });
});

const search = async (query: unknown, person: Person = admin, max: number | null = 20) =>
  (
    await database()
      .user(person)
      .rows<{ name: string; match: string }>('select name, match from search_customers($1, $2, $3)', [
        organization.id,
        query,
        max,
      ])
  ).map((row) => (row.match === row.name ? row.name : `${row.name} (${row.match})`));

describe('search_customers', () => {
  it.each([
    ['accents left out', 'muller', 'Müller Maschinenbau'],
    ['other case', 'FOURNIER', 'Dr. Amélie Fournier'],
    ['a typo', 'fourier', 'Dr. Amélie Fournier'],
    ['a wrong letter', 'fournjer', 'Dr. Amélie Fournier'],
    ['another spelling', 'mueler', 'Müller Maschinenbau'],
    ['swapped letters', 'mashcinenbau', 'Müller Maschinenbau'],
    ['a part of a word', 'schinen', 'Müller Maschinenbau'],
    ['an address', 'einkauf@', 'Müller Maschinenbau (einkauf@mueller.example)'],
    ['digits of a phone number', '49305550199', 'Müller Maschinenbau (+49 (30) 555-0199)'],
    ['a tag', 'kardio', 'Dr. Amélie Fournier (kardiologie)'],
    ['another script', 'النيل', 'صيدلية النيل'],
    ['archived customers', 'bio_', '100% Bio_Markt'],
    ['blanks around', '  muller  ', 'Müller Maschinenbau'],
  ])('finds by %s', async (_, query, name) => {
    expect(await search(query)).toEqual([name]);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['null', null],
    ['wildcards', '%%%'],
    ['an expression', `' or true --`],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['quotes and slashes', '\\"\\\\'],
  ])('answers %s with nothing', async (_, query) => {
    expect(await search(query)).toEqual([]);
  });

  it('gives only what the person may see, and nothing to strangers', async () => {
    expect(await search('muller', rep)).toEqual([]);
    expect(await search('fournier', rep)).toEqual(['Dr. Amélie Fournier']);
    expect(await search('muller', await signUp(database(), 'Stranger'))).toEqual([]);
    expect(
      await database()
        .as({ role: 'anon' })
        .refusal('select * from search_customers($1, $2)', [organization.id, 'muller']),
    ).toMatchObject({ code: '42501' });
  });

  it('bounds the number of results', async () => {
    expect(await search('e', admin, -1)).toHaveLength(1);
    expect((await search('e', admin, null)).length).toBeGreaterThan(0);
  });
});
