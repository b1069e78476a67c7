import { expect, test } from './support/test.ts';
import { expectLive, openAs, toast } from './support/pages.ts';
import { createTeam, product } from './support/team.ts';

test('an organisation is renamed without JavaScript, and the name changes on a colleague’s screen', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const ben = await openAs(browser, team.people.Ben, `/${team.slug}/products`);
  await expectLive(ben);
  const ada = await openAs(browser, team.people.Ada, `/${team.slug}/settings`, { javaScriptEnabled: false });
  await expect(ada).toHaveURL(`/${team.slug}/settings/general`);

  await ada.getByLabel('Name').fill(' ');
  await ada.getByLabel('Currency').selectOption('CHF');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByLabel('Name')).toHaveAccessibleDescription('This cannot be empty.');
  await expect(ada.getByLabel('Currency'), 'what was chosen is still chosen').toHaveValue('CHF');

  await ada.getByLabel('Name').fill('Rope & Sextant');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByText('Saved.')).toBeVisible();
  await ada.reload();
  await expect(ada.getByLabel('Name')).toHaveValue('Rope & Sextant');
  await expect(ada.getByLabel('Currency')).toHaveValue('CHF');
  await expect(ben.getByRole('button', { name: 'Rope & Sextant' })).toBeVisible();
});

test('who may not change the organisation reads it, and a request sent all the same is refused in words', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const path = `/${team.slug}/settings/general`;
  const vic = await openAs(browser, team.people.Vic, path);
  await expect(vic.getByText('Your role may look at this but not change it.')).toBeVisible();
  await expect(vic.getByRole('button', { name: 'Save' })).toHaveCount(0);

  const answer = await vic.context().request.post(path, {
    form: { name: 'Mine now', currency: 'EUR' },
    headers: { origin: product().app, accept: 'text/html' },
  });
  expect(answer.status()).toBe(403);
  const stored = await team.people.Ada.client.from('organizations').select('name').eq('id', team.id).single();
  expect(stored.data?.name).toBe(team.name);
});

test('a person changes name, colour and time zone without JavaScript, and colleagues see it', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const page = await openAs(browser, team.people.Ben, '/account', { javaScriptEnabled: false });
  await expect(page).toHaveURL('/account/profile');
  await page.getByLabel('Last name').fill('Okafor');
  await page.getByRole('radio', { name: 'Teal' }).check();
  await page.getByLabel('Time zone').selectOption('Africa/Cairo');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Last name')).toHaveValue('Okafor');
  await expect(page.getByRole('radio', { name: 'Teal' })).toBeChecked();
  await expect(page.getByLabel('Time zone')).toHaveValue('Africa/Cairo');

  const ada = await openAs(browser, team.people.Ada, `/${team.slug}/products`);
  await expect(ada.getByRole('complementary').getByText('Ben Okafor')).toBeVisible();
});

test('a time zone and a colour that do not exist are refused at their field', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, '/account/profile');
  const answer = await page.context().request.post('/account/profile', {
    form: { first_name: 'Ada', last_name: 'T', avatar_color: 'url(x)', timezone: 'Mars/Olympus' },
    headers: { origin: product().app, accept: 'text/html' },
  });
  expect(answer.status()).toBe(400);
});

test('the menu leads to the account, where nothing typed is lost, and the account back to the organisation', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/products`);
  await expectLive(page);
  await page.getByRole('button', { name: /Your menu/ }).click();
  await page.getByRole('menuitem', { name: 'Your account' }).click();
  await expect(page).toHaveURL('/account/profile');
  await page.getByLabel('First name').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('First name')).toHaveAccessibleDescription('This cannot be empty.');
  await page.getByLabel('First name').fill('Adele');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();

  await expect(page.getByRole('region', { name: /^Messages/ })).toBeAttached();

  // Without a connection it waits; what another window has stored meanwhile becomes a choice.
  await page.context().setOffline(true);
  await page.getByLabel('Last name').fill('Here');
  await page.getByRole('radio', { name: 'Teal' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByTestId('outbox')).toContainText('1 not saved');
  const { client, id } = team.people.Ada;
  expect((await client.from('profiles').update({ last_name: 'There' }).eq('id', id)).error).toBeNull();
  await page.context().setOffline(false);
  const choice = page.locator('[data-slot="conflict"]');
  await expect(choice).toContainText('You changed this in another window meanwhile.');
  await expect(page.getByLabel('Last name')).toHaveValue('There');
  await choice.getByRole('button', { name: 'Keep this one' }).click();
  await expect(page.getByLabel('Last name')).toHaveValue('Here');
  await page.getByRole('button', { name: 'Save' }).focus();
  await page.keyboard.press('ControlOrMeta+z');
  await expect(toast(page, 'Undone: Your profile: Last name')).toBeVisible();
  await expect(page.getByLabel('Last name')).toHaveValue('There');
  await page.getByRole('link', { name: 'Back to Tandem' }).click();
  await expect(page).toHaveURL(`/${team.slug}/pipeline`);
  await expect(page.getByRole('button', { name: /Adele There/ })).toBeVisible();
});
