import { expect, test } from './support/test.ts';
import { card, expectLive, openAs, openBoard, toast } from './support/pages.ts';
import { createTeam } from './support/team.ts';

test('a deleted customer leaves every screen, says where it went, and comes back by undo', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Nile Clinic' });
  const ben = await openBoard(browser, Ben, team);
  await expect(card(ben, 'Nile Clinic')).toBeVisible();
  const ada = await openAs(browser, Ada, `/${team.slug}/customers/${id}`);
  await expectLive(ada);

  await ada.getByRole('button', { name: 'Move to trash' }).click();
  await expect(toast(ada, 'Nile Clinic is in the trash')).toContainText('Settings → Trash');
  await expect(ada).toHaveURL(`/${team.slug}/pipeline`);
  await expect(card(ben, 'Nile Clinic')).toHaveCount(0);
  await toast(ada, 'Nile Clinic is in the trash').getByRole('button', { name: 'Undo' }).click();
  await expect(card(ben, 'Nile Clinic')).toBeVisible();
  await expect(card(ada, 'Nile Clinic')).toBeVisible();
  await expect(ben.getByRole('link', { name: 'Trash' })).toHaveCount(0);
});

test('who has a deleted customer open is told where it went, and has it back once it is restored', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Mona: 'manager' });
  const { Ada, Mona } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Nile Clinic' });
  const mona = await openAs(browser, Mona, `/${team.slug}/customers/${id}`);
  await expectLive(mona);
  const record = { table_name: 'customers', record_id: id };
  expect((await Ada.client.rpc('move_to_trash', record)).error).toBeNull();
  const alert = mona.getByRole('alert').filter({ hasText: 'This customer is no longer here' });
  await expect(alert.getByRole('link', { name: 'Trash' })).toHaveAttribute('href', /settings\/trash$/);
  await expect(mona).toHaveTitle(/^Customer/);
  expect((await Ada.client.rpc('restore_from_trash', record)).error).toBeNull();
  await expect(mona.getByRole('heading', { level: 1, name: 'Nile Clinic' })).toBeVisible();
});

test('two people at the trash: what one restores leaves the other’s list, and undo puts it back', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Mona: 'manager', Ben: 'sales' });
  const { Ada, Mona, Ben } = team.people;
  for (const [by, name] of [
    [Ada, 'Nile Clinic'],
    [Mona, 'Delta Pharmacy'],
  ] as const) {
    const { id } = await team.addCustomer(by, { name });
    await by.client.rpc('move_to_trash', { table_name: 'customers', record_id: id });
  }
  const path = `/${team.slug}/settings/trash`;
  const ada = await openAs(browser, Ada, path);
  const mona = await openAs(browser, Mona, path);
  const board = await openBoard(browser, Ben, team);
  for (const page of [ada, mona]) await expectLive(page);
  await expect(mona.getByRole('row', { name: /Nile Clinic/ })).toContainText(
    /[A-Z][a-z]{2} \d|\d [A-Z][a-z]{2}/,
  );

  await ada.getByRole('button', { name: 'Restore Nile Clinic' }).click();
  await expect(card(board, 'Nile Clinic')).toBeVisible();
  await expect(mona.getByRole('row', { name: /Nile Clinic/ })).toHaveCount(0);
  await toast(ada, 'Nile Clinic is back.').getByRole('button', { name: 'Undo' }).click();
  await expect(mona.getByRole('row', { name: /Nile Clinic/ })).toBeVisible();
  await expect(card(board, 'Nile Clinic')).toHaveCount(0);

  await mona.getByLabel('Deleted by').selectOption('Mona Tester');
  await expect(mona.getByRole('row', { name: /Nile Clinic/ })).toHaveCount(0);
  await expect(mona.getByRole('row', { name: /Delta Pharmacy/ })).toBeVisible();
});

test('without JavaScript a record is restored, and a role without the permission is told so', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Nile Clinic' });
  await Ada.client.rpc('move_to_trash', { table_name: 'customers', record_id: id });
  const path = `/${team.slug}/settings/trash`;
  const ben = await openAs(browser, Ben, path, { javaScriptEnabled: false });
  await expect(
    ben.getByRole('alert').getByText('Your role does not allow this. Ask your administrator.'),
  ).toBeVisible();
  const ada = await openAs(browser, Ada, path, { javaScriptEnabled: false });
  await ada.getByRole('button', { name: 'Restore Nile Clinic' }).click();
  await expect(ada.getByText('Nile Clinic is back.')).toBeVisible();
  await expect(ada.getByText('Nothing was deleted.')).toBeVisible();
});
