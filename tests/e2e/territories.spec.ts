import { expect, test, type Page } from './support/test.ts';
import { card, expectLive, openAs, openBoard, toast } from './support/pages.ts';
import { createTeam } from './support/team.ts';
import { addTree, file } from './support/territories.ts';

async function chooseFile(page: Page, text: string): Promise<void> {
  await page
    .getByLabel('CSV file')
    .setInputFiles({ name: 'map.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
}

const onMap = (page: Page, name: string) =>
  page.locator('[data-slot="territory-map"]').getByRole('button', { name: new RegExp(`^${name},`) });
const inTree = (page: Page, name: string) => page.locator(`[role=treeitem][data-name="${name}"]`);

test('a file is tried first, says what is wrong line by line, and draws the map once it is right', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/settings/territories`);
  await expectLive(page);
  await expect(page.getByText('There are no territories yet.')).toBeVisible();
  await page.getByRole('link', { name: 'Import' }).first().click();

  await chooseFile(page, file.replace('brick,TA-2-1,TA-2', 'brick,TA-2-1,TA').replace('city,ZE', 'town,ZE'));
  const wrong = page.getByRole('table', { name: 'What is wrong, line by line' });
  await expect(wrong.getByRole('row')).toHaveCount(3);
  await expect(wrong.getByRole('row', { name: /^6\b/ })).toContainText('Write one of country, region');
  await expect(wrong.getByRole('row', { name: /^10\b/ })).toContainText('exactly one level wider');
  await expect(page.getByRole('button', { name: 'Import all' })).toBeDisabled();
  await chooseFile(page, file.replace('level,', 'tier,'));
  await expect(page.getByText('Missing: level.')).toBeVisible();
  expect((await team.people.Ada.client.from('territories').select('id')).data).toEqual([]);

  await chooseFile(page, file);
  await expect(page.getByText('Every line is right.')).toBeVisible();
  await page.getByRole('button', { name: 'Import all' }).click();
  await expect(page.getByText('Imported.')).toBeVisible();
  await page.getByRole('link', { name: 'To the map' }).click();

  // One country: the map begins inside it. Down by mouse, down by keyboard, up by keyboard.
  await onMap(page, 'Delta').click();
  await expect(page).toHaveURL(/at=/);
  await onMap(page, 'Gharbia').focus();
  await page.keyboard.press('Enter');
  await expect(onMap(page, 'Tanta'), 'the map that follows takes the keyboard').toBeFocused();
  await page.keyboard.press('Escape');
  await expect(onMap(page, 'Gharbia')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(onMap(page, 'Tanta')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(onMap(page, 'Zefta')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(onMap(page, 'Tanta East')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Tanta', exact: true })).toBeVisible();
  await onMap(page, 'Tanta West').focus();
  await page.keyboard.press('Enter');
  // The brick without a boundary is beside the map.
  await expect(page.getByText('Without a boundary:')).toBeVisible();
  await expect(page.getByRole('link', { name: 'El Geish' })).toBeVisible();
  await page.getByRole('navigation', { name: 'Where you are on the map' }).getByText('Gharbia').click();
  await expect(onMap(page, 'Zefta')).toBeVisible();
});

test('an assignment on the map shows a representative the customers there until it ends; the board narrows to a part of it', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Rita: 'medical_rep' });
  const { Ada, Rita } = team.people;
  const ids = await addTree(Ada, team);
  await team.addCustomer(Ada, { name: 'Bahr Pharmacy', owner_id: Ada.id, territory_id: ids['TA-1-1'] ?? '' });
  const clinic = await team.addCustomer(Ada, {
    name: 'Geish Clinic',
    owner_id: Ada.id,
    territory_id: ids['TA-2-1'] ?? '',
  });
  // Days are those of the organisation: who assigns is always a day ahead of it.
  const zone = { 'region.time_zone': 'Pacific/Pago_Pago' };
  expect(
    (await Ada.client.rpc('save_settings', { org_id: team.id, changes: zone, seen: {} })).error,
  ).toBeNull();
  const moved = await Ada.client
    .from('profiles')
    .update({ timezone: 'Pacific/Kiritimati' })
    .eq('id', Ada.id)
    .select('timezone');
  expect(moved.data).toEqual([{ timezone: 'Pacific/Kiritimati' }]);
  const rita = await openBoard(browser, Rita, team);
  await expect(card(rita, 'Bahr Pharmacy')).toHaveCount(0);

  const ada = await openAs(browser, Ada, `/${team.slug}/settings/territories?at=${ids['TA-1']}`);
  await expectLive(ada);
  await expect(ada.getByText('Nobody is assigned to this territory itself.')).toBeVisible();
  await ada.getByRole('button', { name: 'Assign', exact: true }).click();
  const dialog = ada.getByRole('dialog');
  await dialog.getByLabel('Person', { exact: true }).selectOption({ label: 'Rita Tester' });
  await dialog.getByLabel('Last day').fill('2020-01-01');
  await dialog.getByRole('button', { name: 'Assign' }).click();
  await expect(dialog.getByLabel('Last day')).toHaveAccessibleDescription(/cannot lie before the first/);
  await dialog.getByLabel('Last day').fill('');
  await dialog.getByRole('button', { name: 'Assign' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(card(rita, 'Bahr Pharmacy')).toBeVisible();
  await expect(card(rita, 'Geish Clinic')).toHaveCount(0);
  await expect(onMap(ada, 'El Bahr')).toHaveAccessibleName(/Rita Tester/);

  await ada.getByRole('button', { name: 'Assignment of Rita Tester' }).click();
  await ada.getByRole('menuitem', { name: 'End now' }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'End now' }).click();
  await expect(card(rita, 'Bahr Pharmacy')).toHaveCount(0);
  await expect(ada.getByText('Nobody is assigned to this territory itself.')).toBeVisible();

  // The board of an area: what is moved into it comes, what is moved out of it goes; a wider part has both.
  const seat = async (brick: string | undefined) =>
    expect(
      (
        await Ada.client
          .from('customers')
          .update({ territory_id: brick ?? null })
          .eq('id', clinic.id)
      ).error,
    ).toBeNull();
  await ada.getByRole('link', { name: '1 customer' }).click();
  await expect(card(ada, 'Bahr Pharmacy')).toBeVisible();
  await expect(card(ada, 'Geish Clinic')).toHaveCount(0);
  await expectLive(ada);
  await seat(ids['TA-1-1']);
  await expect(card(ada, 'Geish Clinic')).toBeVisible();
  await seat(ids['TA-2-1']);
  await expect(card(ada, 'Geish Clinic')).toHaveCount(0);
  await ada.getByRole('button', { name: 'Territory Tanta East' }).click();
  await ada.getByRole('combobox', { name: 'Name or code' }).fill('Gharb');
  await ada.getByRole('option', { name: /Gharbia/ }).click();
  await expect(card(ada, 'Geish Clinic')).toBeVisible();
  await ada.getByRole('button', { name: 'Do not filter by Gharbia' }).click();
  await expect(card(ada, 'Geish Clinic')).toHaveCount(0);
});

test('what one admin changes in the tree is on the other’s screen, and what cannot be says why', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Eve: 'admin' });
  const { Ada, Eve } = team.people;
  const ids = await addTree(Ada, team);
  const ada = await openAs(browser, Ada, `/${team.slug}/settings/territories?at=${ids['TA-1']}`);
  const eve = await openAs(browser, Eve, `/${team.slug}/settings/territories?at=${ids['TA']}`);
  await expectLive(ada);
  await expectLive(eve);
  await expect(inTree(eve, 'Tanta East')).toBeVisible();

  await ada.getByRole('button', { name: 'Edit' }).click();
  await ada.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Tanta Sunrise');
  await ada.getByRole('dialog').getByLabel('Boundary').fill('{"type": "Point", "coordinates": [1, 2]}');
  await ada.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByText('This is not a Polygon or MultiPolygon of GeoJSON.')).toBeVisible();
  await ada.getByRole('dialog').getByLabel('Boundary').fill('');
  await ada.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(inTree(eve, 'Tanta Sunrise')).toBeVisible();

  await ada.getByRole('button', { name: 'Delete' }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(ada.getByRole('dialog')).toContainText('Move away the territories');
  await ada.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  await ada.getByRole('button', { name: 'Move' }).click();
  await expect(ada.getByRole('dialog')).toContainText('It moves with 1 territory in it');
  await ada.getByRole('combobox').fill('zef');
  await ada.getByRole('option', { name: /Zefta/ }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
  await expect(inTree(eve, 'Tanta Sunrise')).toHaveCount(0);
  await expect(ada.getByRole('navigation', { name: 'Where you are on the map' })).toContainText('Zefta');
  await toast(ada, 'Tanta Sunrise now lies in Zefta.').getByRole('button', { name: 'Undo' }).click();
  await expect(toast(ada, 'Tanta Sunrise lies where it did.')).toBeVisible();
  await expect(inTree(eve, 'Tanta Sunrise')).toBeVisible();
});

test('the tree is walked by keyboard alone', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const ids = await addTree(Ada, team);
  const page = await openAs(browser, Ada, `/${team.slug}/settings/territories?at=${ids['TA']}`);
  await expectLive(page);
  await inTree(page, 'Tanta').focus();
  await page.keyboard.press('ArrowDown');
  await expect(inTree(page, 'Tanta East')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(inTree(page, 'El Bahr')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(inTree(page, 'El Bahr')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(inTree(page, 'El Bahr')).toHaveCount(0);
  await page.keyboard.type('zef');
  await expect(inTree(page, 'Zefta')).toBeFocused();
  await page.keyboard.press('Home');
  await expect(inTree(page, 'Egypt')).toBeFocused();
  await page.keyboard.press('End');
  await expect(inTree(page, 'Zefta')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Zefta' })).toBeVisible();
  await expect(inTree(page, 'Zefta'), 'what is chosen keeps the keyboard').toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(inTree(page, 'Tanta West')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Tanta West' })).toBeVisible();
  await expect(inTree(page, 'Tanta West')).toBeFocused();
});

test('a viewer looks but changes nothing; the brick of a customer is found by name', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const { Ada, Vic } = team.people;
  await addTree(Ada, team);
  const vic = await openAs(browser, Vic, `/${team.slug}/settings/territories`);
  await expectLive(vic);
  await expect(onMap(vic, 'Delta')).toBeVisible();
  await expect(vic.getByText('Your role may look at territories but not change them.')).toBeVisible();
  for (const name of ['Assign', 'Edit', 'Move', 'Delete'])
    await expect(vic.getByRole('button', { name, exact: true })).toHaveCount(0);
  const refused = await vic.goto(`/${team.slug}/settings/territories/import`);
  expect(refused?.status()).toBe(403);

  const { id } = await team.addCustomer(Ada, { name: 'Quay Pharmacy' });
  const ada = await openAs(browser, Ada, `/${team.slug}/customers/${id}`);
  const other = await openAs(browser, Vic, `/${team.slug}/customers/${id}`);
  await expectLive(ada);
  await expectLive(other);
  const fact = ada.locator('[data-fact="territory_id"]');
  await fact.getByRole('button').click();
  await ada.keyboard.type('bahr');
  await expect(fact.getByRole('option')).toHaveCount(1);
  await ada.keyboard.press('Enter');
  await expect(fact).toContainText('Gharbia › Tanta › Tanta East');
  await expect(other.locator('[data-fact="territory_id"]')).toContainText('El Bahr');
});
