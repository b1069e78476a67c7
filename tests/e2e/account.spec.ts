import { randomUUID } from 'node:crypto';
import { expect, test, type Page } from './support/test.ts';
import { mailedLink } from './support/mail.ts';
import { expectLive, openAs, takesPassword } from './support/pages.ts';
import { createTeam } from './support/team.ts';

async function changePassword(page: Page, current: string, next: string): Promise<void> {
  await page.getByLabel('Present password').fill(current);
  await page.getByLabel('New password').fill(next);
  await page.getByRole('button', { name: 'Change password' }).click();
}

test('the password changes with the present one, without JavaScript, and signs every other device out', async ({
  browser,
}) => {
  const { people, slug } = await createTeam({ Ada: 'admin' });
  const { Ada } = people;
  const page = await openAs(browser, Ada, '/account/password', { javaScriptEnabled: false });
  const elsewhere = await openAs(browser, Ada, `/${slug}/pipeline`);
  await expectLive(elsewhere);
  const password = `Sextant-${randomUUID().slice(0, 8)}`;

  await changePassword(page, 'not this one', password);
  await expect(page.getByLabel('Present password')).toHaveAccessibleDescription(
    'This is not your present password.',
  );
  await changePassword(page, Ada.password, '12345678');
  await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/.+/);
  await changePassword(page, Ada.password, password);
  await expect(page.getByText('Your password is changed.')).toBeVisible();
  await expect(elsewhere, 'what is open on another device leaves').toHaveURL(/\/sign-in/);

  expect(await takesPassword(browser, Ada.email, Ada.password)).toBe(false);
  expect(await takesPassword(browser, Ada.email, password)).toBe(true);
  await page.goto('/account/profile');
  await expect(page, 'this device stays signed in').toHaveURL('/account/profile');
  expect((await Ada.client.auth.refreshSession()).error, 'the others do not').not.toBeNull();
});

test('a new address counts once both addresses have followed their links', async ({ browser }) => {
  const { people } = await createTeam({ Ada: 'admin' });
  const { Ada } = people;
  const page = await openAs(browser, Ada, '/account/email');
  const address = `moved.${randomUUID().slice(0, 8)}@test.example`;
  await page.getByLabel('New address').fill(Ada.email);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByLabel('New address')).toHaveAccessibleDescription('This is your address already.');
  await page.getByLabel('New address').fill(address);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText(`The change to ${address} waits`)).toBeVisible();

  await page.goto(await mailedLink(address));
  await expect(page.getByRole('heading', { name: 'Confirmed' })).toBeVisible();
  await page.goto('/account/email');
  await expect(page.getByText(Ada.email, { exact: true })).toBeVisible();
  await page.goto(await mailedLink(Ada.email));
  await expect(page).toHaveURL('/account/email');
  await expect(page.getByText(address, { exact: true })).toBeVisible();
});

test('an address that is taken is answered like any other', async ({ browser }) => {
  const { people } = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const page = await openAs(browser, people.Ada, '/account/email');
  await page.getByLabel('New address').fill(people.Ben.email);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText(`We wrote to ${people.Ben.email}`)).toBeVisible();
});
