import { expect, test } from './support/test.ts';
import { card, cardIn, expectLive, openAs, openBoard } from './support/pages.ts';
import { administrator, createTeam, type Person, type Team } from './support/team.ts';

const levels = ['country', 'region', 'governorate', 'city', 'area', 'brick'] as const;

/** A map of one territory of each level, and further bricks if wanted; gives the ids by level. */
async function addTerritories(
  team: Team,
  furtherBricks = 0,
): Promise<Record<(typeof levels)[number], string>> {
  const rows = levels.map((level, index) => ({
    level,
    code: String(level),
    name: `The ${level}`,
    parent_code: levels[index - 1] ?? '',
  }));
  for (let number = 1; number <= furtherBricks; number++)
    rows.push({ level: 'brick', code: `B${number}`, name: `Brick ${number}`, parent_code: 'area' });
  const admin = Object.values(team.people)[0];
  const imported = await admin?.client.rpc('import_territories', { org_id: team.id, rows });
  if (!imported || imported.error) throw new Error(imported?.error?.message);
  const { data, error } = await administrator().from('territories').select('id, level').eq('org_id', team.id);
  if (error) throw new Error(error.message);
  return Object.fromEntries(data.map(({ id, level }) => [level, id])) as Record<
    (typeof levels)[number],
    string
  >;
}

const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

async function assign(by: Person, team: Team, person: Person, territory: string): Promise<string> {
  const { data, error } = await by.client
    .from('territory_assignments')
    .insert({ org_id: team.id, user_id: person.id, territory_id: territory, starts_on: day(-1) })
    .select('id')
    .single();
  if (error) throw new Error(error.message);
  return data.id;
}

async function end(by: Person, assignment: string): Promise<void> {
  const { error } = await by.client.from('territory_assignments').delete().eq('id', assignment);
  if (error) throw new Error(error.message);
}

test('what lies in a territory comes and goes with the assignment, on the screen that is open', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Rita: 'medical_rep' });
  const { Ada, Rita } = team.people;
  const { brick, city } = await addTerritories(team);
  const there = { name: 'Nile Pharmacy', territory_id: brick, owner_id: Ada.id };
  await team.addCustomer(Ada, there);
  await team.addCustomer(Ada, { name: 'Elsewhere Clinic', owner_id: Ada.id });
  await team.addCustomer(Rita, { name: 'Own Practice' });

  const board = await openBoard(browser, Rita, team);
  await expect(card(board, 'Own Practice')).toBeVisible();
  await expect(card(board, 'Nile Pharmacy')).toHaveCount(0);

  const assignment = await assign(Ada, team, Rita, city);
  await expect(card(board, 'Nile Pharmacy')).toBeVisible();
  await expect(card(board, 'Elsewhere Clinic')).toHaveCount(0);
  await expect(board.getByTestId('count-lead')).toHaveText('2');
  await expectLive(board);

  // Changes of others there are heard, and the representative may make some, too.
  const { data } = await Ada.client.from('customers').select('id').eq('name', 'Nile Pharmacy').single();
  await Ada.client.rpc('move_customer', { customer_id: data?.id, to_status: 'qualified' });
  await expect(cardIn(board, 'qualified', 'Nile Pharmacy')).toBeVisible();
  const moved = await Rita.client.rpc('move_customer', { customer_id: data?.id, to_status: 'proposal' });
  expect(moved.error).toBeNull();
  await expect(cardIn(board, 'proposal', 'Nile Pharmacy')).toBeVisible();

  await end(Ada, assignment);
  await expect(card(board, 'Nile Pharmacy')).toHaveCount(0);
  await expect(card(board, 'Own Practice')).toBeVisible();
});

test('who loses the last role is told so, and has the board back with the next', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Sal: 'sales' });
  const { Ada, Sal } = team.people;
  await team.addCustomer(Ada, { name: 'Harbour Office', owner_id: Ada.id });
  const board = await openBoard(browser, Sal, team);
  await expect(card(board, 'Harbour Office')).toBeVisible();

  const held = Ada.client.from('member_roles');
  const taken = await held.delete().eq('org_id', team.id).eq('user_id', Sal.id).select('role_id').single();
  await expect(board.getByText('Your roles show no customers')).toBeVisible();
  await expect(card(board, 'Harbour Office')).toHaveCount(0);

  const role = { org_id: team.id, user_id: Sal.id, role_id: taken.data?.role_id };
  expect((await Ada.client.from('member_roles').insert(role)).error).toBeNull();
  await expect(card(board, 'Harbour Office')).toBeVisible();
});

test('a customer’s page says why it can be seen, and closes when it can no longer be', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Rita: 'medical_rep' });
  const { Ada, Rita } = team.people;
  const { brick, governorate } = await addTerritories(team);
  const { id } = await team.addCustomer(Ada, {
    name: 'Delta Hospital',
    territory_id: brick,
    owner_id: Ada.id,
  });
  const assignment = await assign(Ada, team, Rita, governorate);

  const page = await openAs(browser, Rita, `/${team.slug}/customers/${id}`);
  await expectLive(page);
  await page.getByRole('button', { name: 'Why can I see this?' }).click();
  await expect(page.getByText('It lies in The governorate, where you are assigned.')).toBeVisible();
  await expect(page.getByText('Medical representative')).toBeVisible();

  await end(Ada, assignment);
  await expect(page.getByRole('heading', { name: 'Delta Hospital' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: /board|pipeline/i }).first()).toBeVisible();
});

test('who has more bricks than there are channels sees what happens in all of them', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Rita: 'medical_rep' });
  const { Ada, Rita } = team.people;
  const { city } = await addTerritories(team, 129);
  await assign(Ada, team, Rita, city);
  const { data } = await Rita.client.rpc('my_access', { org_id: team.id });
  const bricks = (data as { topics: string[] }).topics.filter((topic) => topic.startsWith('territory:'));
  expect(bricks).toHaveLength(130);
  const last = bricks.at(-1)?.replace('territory:', '');
  const { id } = await team.addCustomer(Ada, { name: 'Far Clinic', territory_id: last, owner_id: Ada.id });

  const board = await openBoard(browser, Rita, team);
  await expect(cardIn(board, 'lead', 'Far Clinic')).toBeVisible();
  await expectLive(board);
  await Ada.client.rpc('move_customer', { customer_id: id, to_status: 'qualified' });
  await expect(cardIn(board, 'qualified', 'Far Clinic')).toBeVisible({ timeout: 20_000 });
});
