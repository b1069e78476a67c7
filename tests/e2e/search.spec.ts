import { expect, test, type Locator, type Page } from './support/test.ts';
import { expectLive, openAs } from './support/pages.ts';
import { createTeam } from './support/team.ts';

const palette = (page: Page): Locator => page.getByRole('dialog', { name: 'Search' });
const option = (page: Page, name: string | RegExp): Locator => palette(page).getByRole('option', { name });

async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Search customers and actions' })).toBeFocused();
}

test('customers are found by parts of their name, without accents and with a typo, and opened by keyboard', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Société Générale d’Équipement', owner_id: Ben.id });
  await team.addCustomer(Ada, { name: 'Westphalia Pumps' });
  const page = await openAs(browser, Ada, `/${team.slug}/products`);
  await expectLive(page);
  await openPalette(page);
  for (const text of ['equipement', 'societe gen', 'Sociéte Genrale']) {
    await page.keyboard.press('Control+a');
    await page.keyboard.type(text);
    await expect(option(page, /Société Générale/), text).toHaveAttribute('aria-selected', 'true');
    await expect(option(page, /Westphalia/)).toHaveCount(0);
  }
  await expect(option(page, /Société Générale/)).toContainText('Ben Tester');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/${team.slug}/customers/${id}`);

  await openPalette(page);
  await expect(option(page, /Société Générale/), 'what was opened lately is offered at once').toBeVisible();
  await page.keyboard.press('Escape');
  await expect(palette(page)).toHaveCount(0);
});

test('actions are found and run by keyboard; nothing found says so', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/products`);
  await expectLive(page);
  await openPalette(page);
  await page.keyboard.type('go to pipe');
  await expect(option(page, 'Go to Pipeline')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/${team.slug}/pipeline`);

  await openPalette(page);
  await page.keyboard.type('zzzzqqq');
  await expect(palette(page).getByText('Nothing found for “zzzzqqq”')).toBeVisible();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('light and dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveClass(/dark/);
});

test('another organisation’s customers are never found', async ({ browser }) => {
  const mine = await createTeam({ Ada: 'admin' });
  const theirs = await createTeam({ Eve: 'admin' });
  await theirs.addCustomer(theirs.people.Eve, { name: 'Obsidian Tower' });
  const page = await openAs(browser, mine.people.Ada, `/${mine.slug}/pipeline`);
  await expectLive(page);
  await openPalette(page);
  await page.keyboard.type('Obsidian');
  await expect(palette(page).getByText('Nothing found for “Obsidian”')).toBeVisible();
  const { error } = await mine.people.Ada.client.rpc('search_customers', {
    org_id: theirs.id,
    query: 'Obsidian',
  });
  const rows = await mine.people.Ada.client.rpc('search_customers', { org_id: theirs.id, query: 'Obsidian' });
  expect(error !== null || rows.data?.length === 0).toBe(true);
});
