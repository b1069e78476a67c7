import { expect, test, type Locator, type Page } from './support/test.ts';
import { expectLive, openAs, toast } from './support/pages.ts';
import { createTeam } from './support/team.ts';

const toggle = (page: Page, name: string): Locator => page.getByRole('switch', { name: `${name} is active` });

/** A team with four products, of which the named ones are active. */
async function shop(active: string[]) {
  const team = await createTeam({ Ada: 'admin', Ben: 'manager', Vic: 'viewer' });
  const names = ['Compass', 'Lantern', 'Rope', 'Sextant'];
  const { client } = team.people.Ada;
  const added = await client
    .from('products')
    .insert(
      names.map((name) => ({ org_id: team.id, name, currency: 'EUR', is_active: active.includes(name) })),
    )
    .select('id, name');
  expect(added.error).toBeNull();
  return team;
}

test('the limit is explained before the attempt, and a switch moves on the other screen', async ({
  browser,
}) => {
  const team = await shop(['Compass', 'Lantern']);
  const ada = await openAs(browser, team.people.Ada, `/${team.slug}/products`);
  const ben = await openAs(browser, team.people.Ben, `/${team.slug}/products`);
  await expectLive(ada);
  await expectLive(ben);
  await expect(ben.getByRole('heading', { name: '2 of 3 active' })).toBeVisible();
  await expect(ben.getByText('Up to 3 products can be active at once.')).toBeVisible();

  await toggle(ada, 'Rope').click();
  await expect(toggle(ben, 'Rope')).toHaveAttribute('aria-checked', 'true');
  await expect(ben.getByRole('heading', { name: '3 of 3 active' })).toBeVisible();
  const fourth = toggle(ben, 'Sextant');
  await expect(fourth).toHaveAttribute('aria-disabled', 'true');
  await expect(fourth).toHaveAccessibleDescription(/Active now: Compass, Lantern, Rope\. Deactivate one/);
  await fourth.click({ force: true });
  await expect(fourth).toHaveAttribute('aria-checked', 'false');

  await toggle(ada, 'Compass').click();
  await expect(fourth).not.toHaveAttribute('aria-disabled', 'true');
  await fourth.click();
  await expect(toggle(ada, 'Sextant')).toHaveAttribute('aria-checked', 'true');

  await ben.keyboard.press('ControlOrMeta+z');
  await expect(toast(ben, 'Activating Sextant')).toBeVisible();
  await expect(toggle(ada, 'Sextant')).toHaveAttribute('aria-checked', 'false');
});

test('a fourth activation from a screen that missed the third is refused in words that name the active ones', async ({
  browser,
}) => {
  const team = await shop(['Compass', 'Lantern']);
  const ben = await openAs(browser, team.people.Ben, `/${team.slug}/products`);
  await expectLive(ben);
  // What was heard at the start is read once more a second later; no answer is to arrive in what follows.
  await ben.waitForLoadState('networkidle');
  await ben.waitForTimeout(1_500);
  // Ben's screen hears nothing more, but his requests still arrive.
  await ben.evaluate(() => window.dispatchEvent(new Event('offline')));
  await expect(ben.getByTestId('connection')).toHaveAttribute('data-status', 'offline');
  const { client } = team.people.Ada;
  const rope = await client.from('products').select('id').eq('org_id', team.id).eq('name', 'Rope').single();
  const third = await client.rpc('set_product_active', { product_id: rope.data?.id, active: true });
  expect(third.error).toBeNull();

  await toggle(ben, 'Sextant').click();
  const refusal = toast(ben, 'Sextant was not changed');
  await expect(refusal).toContainText('Already active: Compass, Lantern, Rope. At most 3 can be.');
  await expect(toggle(ben, 'Sextant')).toHaveAttribute('aria-checked', 'false');
});

test('a product is added and edited in a dialog, with the reason beside a field that does not fit', async ({
  browser,
}) => {
  const team = await shop([]);
  const ada = await openAs(browser, team.people.Ada, `/${team.slug}/products`);
  const ben = await openAs(browser, team.people.Ben, `/${team.slug}/products`);
  await expectLive(ada);
  await expectLive(ben);
  await ada.keyboard.press('c');
  const dialog = ada.getByRole('dialog', { name: 'Add a product' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('This cannot be empty.')).toBeVisible();
  await dialog.getByLabel('Name').fill('Telescope');
  await dialog.getByLabel('Unit price').fill('a lot');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Enter an amount such as 1,200.50.')).toBeVisible();
  await dialog.getByLabel('Unit price').fill('1,200.50');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(ben.getByRole('listitem').filter({ hasText: 'Telescope' })).toContainText('€1,200.5');

  // Without a connection it is in the list all the same, and reaches the others once there is one.
  await ada.context().setOffline(true);
  await ada.keyboard.press('c');
  await dialog.getByLabel('Name').fill('Astrolabe');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByRole('listitem').filter({ hasText: 'Astrolabe' })).toContainText('Not saved yet');
  await ada.context().setOffline(false);
  await expect(ben.getByRole('listitem').filter({ hasText: 'Astrolabe' })).toHaveCount(1);
  await expect(ada.getByText('Not saved yet')).toHaveCount(0);

  // Both have the form open: what the first one stores is a question to the second one, and nothing else is lost.
  await ben.getByRole('button', { name: 'Telescope' }).click();
  const edited = ben.getByRole('dialog', { name: 'Edit product' });
  await edited.getByLabel('Name').fill('Telescope, large');
  await edited.getByLabel('Description').fill('For stars');
  await ada.getByRole('button', { name: 'Telescope' }).click();
  await ada.getByRole('dialog').getByLabel('Name').fill('Field telescope');
  await ada.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByRole('dialog')).toHaveCount(0);
  await edited.getByRole('button', { name: 'Save' }).click();
  await expect(edited.locator('[data-slot="conflict"]')).toContainText('Ada Tester changed this');
  await edited.getByRole('button', { name: 'Keep mine' }).click();
  await edited.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByRole('listitem').filter({ hasText: 'Telescope, large' })).toContainText('For stars');
});

test('a viewer sees what is active and no switch', async ({ browser }) => {
  const team = await shop(['Compass']);
  const page = await openAs(browser, team.people.Vic, `/${team.slug}/products`);
  await expect(page.getByText('You may see products but not change them.')).toBeVisible();
  await expect(page.getByRole('switch')).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ hasText: 'Compass' })).toContainText('Active');
});
