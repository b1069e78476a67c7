import { expect, test } from './support/test.ts';
import { expectLive, openAs } from './support/pages.ts';
import { createTeam } from './support/team.ts';

test('an organisation is deleted by its name, vanishes for everyone at once, and comes back', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales', Cleo: 'admin' });
  const { Ada, Ben, Cleo } = team.people;
  await team.addCustomer(Ben, { name: 'Nordhaus Logistik' });
  const ben = await openAs(browser, Ben, `/${team.slug}/pipeline`);
  await expectLive(ben);
  await expect(ben.getByText('Nordhaus Logistik')).toBeVisible();

  const ada = await openAs(browser, Ada, `/${team.slug}/settings/general`);
  await expectLive(ada);
  await ada.getByRole('button', { name: 'Delete organisation' }).click();
  const dialog = ada.getByRole('dialog', { name: `Delete ${team.name}?` });
  await dialog.getByRole('textbox').fill(team.name.toLowerCase());
  await dialog.getByRole('button', { name: 'Delete organisation' }).click();
  await expect(dialog.getByRole('textbox')).toHaveAccessibleDescription(/.+/);
  await dialog.getByRole('textbox').fill(team.name);
  await dialog.getByRole('button', { name: 'Delete organisation' }).click();
  await expect(ada).toHaveURL('/account/organizations');
  await expect(ben.getByText('Nordhaus Logistik'), 'nothing stays on the screen').toHaveCount(0);
  const seen = await Ben.client.from('customers').select('id');
  expect(seen.data).toEqual([]);

  // Whoever could have deleted it can restore it, and nobody else.
  await ben.goto('/account/organizations');
  await expect(ben.getByText(team.name)).toHaveCount(0);
  const cleo = await openAs(browser, Cleo, '/');
  await cleo.getByRole('link', { name: 'Restore a deleted organisation' }).click();
  await expect(cleo.getByText(`Deleted by ${Ada.name}`)).toBeVisible();
  await cleo.getByRole('button', { name: 'Restore' }).click();
  await expect(cleo).toHaveURL(`/${team.slug}/pipeline`);
  await ben.goto(`/${team.slug}/pipeline`);
  await expect(ben.getByText('Nordhaus Logistik')).toBeVisible();
});

test('who may not delete it is not offered to', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Max: 'manager' });
  const page = await openAs(browser, team.people.Max, `/${team.slug}/settings/general`);
  await expectLive(page);
  await expect(page.getByRole('button', { name: 'Delete organisation' })).toHaveCount(0);
});
