import { randomUUID } from 'node:crypto';
import { expect, test, type Browser, type Page } from './support/test.ts';
import { signIn } from './support/auth-forms.ts';
import { countMail, mailedLink } from './support/mail.ts';
import { card, elsewhere, expectLive, openAs, openBoard, takesPassword, toast } from './support/pages.ts';
import { createTeam, product, type Person, type Team } from './support/team.ts';

const members = (slug: string): string => `/${slug}/settings/members`;
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

/** Nobody is signed in here. */
async function visitor(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: product().app, extraHTTPHeaders: elsewhere() });
  return context.newPage();
}

/** Invites by the dialog, as a person does it, and gives the link to copy. */
async function invite(page: Page, email: string, role = 'Viewer'): Promise<string> {
  await page.getByRole('button', { name: 'Invite people' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite people' });
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Role').selectOption(role);
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(dialog.getByRole('status')).toHaveText(`We wrote to ${email}.`);
  const link = await dialog.getByLabel('Link of the invitation').inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  return link;
}

/** Asks for an action in the menu of a member or an invitation. */
async function ask(page: Page, who: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${who}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

async function openMembers(browser: Browser, person: Person, { slug }: Team): Promise<Page> {
  const page = await openAs(browser, person, members(slug));
  await expectLive(page);
  return page;
}

test('who has no account follows the mail, chooses name and password, and is in', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Bea: 'admin' });
  const ada = await openMembers(browser, team.people.Ada, team);
  const bea = await openMembers(browser, team.people.Bea, team);
  const email = `new.${randomUUID().slice(0, 8)}@test.example`;
  await invite(ada, email);
  await expect(row(bea, email), 'a second admin sees it at once').toBeVisible();

  const guest = await visitor(browser);
  await guest.goto(await mailedLink(email));
  await expect(guest.getByRole('heading', { name: `Join ${team.name}` })).toBeVisible();
  await guest.getByLabel('First name').fill('Nura');
  await guest.getByLabel('Last name').fill('Newcomer');
  await guest.getByLabel('Password', { exact: true }).fill('short');
  await guest.getByRole('button', { name: 'Accept and join' }).click();
  await expect(guest.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(guest.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/8 characters/);
  const password = `Compass-${randomUUID().slice(0, 8)}`;
  await guest.getByLabel('Password', { exact: true }).fill(password);
  await guest.getByRole('button', { name: 'Accept and join' }).click();
  await expect(guest).toHaveURL(`/${team.slug}/pipeline`);

  await expect(row(ada, 'Nura Newcomer')).toContainText('Viewer');
  await expect(row(bea, 'Nura Newcomer')).toBeVisible();
  await expect(ada.getByText('Nobody has an open invitation.')).toBeVisible();
  expect(await takesPassword(browser, email, password)).toBe(true);
});

test('a copied link makes an account for its address alone, and asks for no organisation', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const ada = await openMembers(browser, team.people.Ada, team);
  const email = `copied.${randomUUID().slice(0, 8)}@test.example`;
  const link = await invite(ada, email, 'Sales');
  const before = await countMail(email);

  const guest = await visitor(browser);
  await guest.goto(link);
  await expect(guest.getByLabel('E-mail')).toHaveValue(email);
  await expect(guest.getByLabel('E-mail')).toHaveAttribute('readonly');
  await expect(guest.getByLabel('Organisation')).toHaveCount(0);
  await guest.getByLabel('First name').fill('Cora');
  await guest.getByLabel('Last name').fill('Copied');
  await guest.getByLabel('Password', { exact: true }).fill('Compass-and-rope');
  await guest.getByRole('button', { name: 'Create account' }).click();
  await expect(guest.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
  await expect.poll(() => countMail(email)).toBe(before + 1);

  await guest.goto(await mailedLink(email));
  await expect(guest, 'the confirmation leads back to the invitation').toHaveURL(new URL(link).pathname);
});

test('who has an account accepts signed in; the link then works for nobody', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const other = await createTeam({ Omar: 'admin', Eve: 'viewer' });
  const { Omar, Eve } = other.people;
  const ada = await openMembers(browser, team.people.Ada, team);
  const link = await invite(ada, Omar.email, 'Manager');
  await expect.poll(() => countMail(Omar.email)).toBeGreaterThan(0);

  const eve = await openAs(browser, Eve, '/account/profile');
  await eve.goto(link);
  await expect(eve.getByRole('alert')).toContainText('this invitation is for another address');
  await expect(eve.getByText(Omar.email), 'the address is not told').toHaveCount(0);
  await eve.getByRole('button', { name: 'Sign out and continue' }).click();
  await expect(eve.getByLabel('E-mail')).toHaveValue(Omar.email);

  const omar = await visitor(browser);
  await omar.goto(link);
  await omar.getByRole('link', { name: 'Sign in' }).click();
  await signIn(omar, Omar.email, Omar.password);
  await omar.getByRole('button', { name: 'Accept and join' }).click();
  await expect(omar).toHaveURL(`/${team.slug}/pipeline`);
  await omar.getByRole('button', { name: new RegExp(team.name) }).click();
  await expect(omar.getByRole('menuitem', { name: other.name }), 'the switcher lists both').toBeVisible();

  await omar.goto(link);
  await expect(omar.getByRole('heading', { name: `You are in ${team.name} already` })).toBeVisible();
  const late = await visitor(browser);
  await late.goto(link);
  await expect(late.getByRole('heading', { name: 'This invitation does not work' })).toBeVisible();
});

test('a new link ends the old one, and taking it back ends both', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const ada = await openMembers(browser, team.people.Ada, team);
  const email = `again.${randomUUID().slice(0, 8)}@test.example`;
  const first = await invite(ada, email);
  await ask(ada, email, 'Send a new link');
  const renewed = ada.getByRole('dialog', { name: 'A new link' });
  const second = await renewed.getByLabel('Link of the invitation').inputValue();
  await renewed.getByRole('button', { name: 'Done' }).click();
  await ada.getByRole('button', { name: 'Invite people' }).click();
  await ada.getByLabel('E-mail').fill(email.toUpperCase());
  await expect(ada.getByLabel('E-mail')).toHaveAccessibleDescription(/An invitation to this address is open/);
  await ada.getByRole('button', { name: 'Cancel' }).click();
  const guest = await visitor(browser);
  await guest.goto(first);
  await expect(guest.getByText('taken back or replaced')).toBeVisible();
  await ask(ada, email, 'Take back');
  await ada.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await expect(ada.getByText('Nobody has an open invitation.')).toBeVisible();
  await guest.goto(second);
  await expect(guest.getByText('taken back or replaced')).toBeVisible();
});

test('who is deactivated while working is locked out at once; their customers go to somebody else', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales', Cem: 'sales' });
  const { Ada, Ben, Cem } = team.people;
  const { id } = await team.addCustomer(Ben, { name: 'Nordhaus Logistik' });
  const ben = await openBoard(browser, Ben, team);
  await expect(card(ben, 'Nordhaus Logistik')).toBeVisible();
  const ada = await openMembers(browser, Ada, team);
  await ask(ada, Ben.name, 'Deactivate');
  const dialog = ada.getByRole('dialog', { name: `Deactivate ${Ben.name}?` });
  await expect(dialog).toContainText('They look after one customer.');
  await dialog.getByLabel('Hand them over to').selectOption(Cem.name);
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await expect(row(ada, Ben.name)).toHaveCount(0);

  await expect(ben.getByText('Nordhaus Logistik'), 'nothing stays on the screen').toHaveCount(0);
  expect((await Ben.client.from('customers').select('id')).data).toEqual([]);
  const { data } = await Ada.client.from('customers').select('owner_id').eq('id', id).single();
  expect(data).toEqual({ owner_id: Cem.id });

  await ada.getByLabel('Status').selectOption('Deactivated');
  await ask(ada, Ben.name, 'Reactivate');
  await expect(row(ada, Ben.name)).not.toContainText('Deactivated');
  await ben.goto(`/${team.slug}/pipeline`);
  await expect(card(ben, 'Nordhaus Logistik')).toBeVisible();
});

test('details, roles and the reporting line are changed by keyboard, with refusals in words', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const ada = await openMembers(browser, Ada, team);
  await ada.getByRole('button', { name: `Actions for ${Ben.name}` }).focus();
  await ada.keyboard.press('Enter');
  await expect(ada.getByRole('menu')).toBeVisible();
  await ada.keyboard.press('Home');
  await expect(ada.getByRole('menuitem', { name: 'Edit details' })).toBeFocused();
  await ada.keyboard.press('Enter');
  const details = ada.getByRole('dialog', { name: Ben.name });
  await details.getByLabel('Title').fill('Key account manager');
  await details.getByLabel('Manager').selectOption(Ada.name);
  await ada.keyboard.press('Tab');
  await details.getByRole('button', { name: 'Save' }).press('Enter');
  await expect(row(ada, Ben.name)).toContainText('Key account manager');

  // Ada's manager cannot be Ben: he reports to her. The list does not offer it, the database refuses it.
  await ask(ada, Ada.name, 'Edit details');
  await expect(ada.getByRole('option', { name: Ben.name })).toBeDisabled();
  await ada.keyboard.press('Escape');

  await ask(ada, Ben.name, 'Change roles');
  const roles = ada.getByRole('dialog', { name: `Roles of ${Ben.name}` });
  await roles.getByLabel('Manager', { exact: true }).check();
  await roles.getByRole('button', { name: 'Save' }).click();
  await expect(
    row(ada, Ben.name).getByText('Manager', { exact: true }).filter({ visible: true }),
  ).toHaveCount(1);
  const given = row(ada, Ben.name).getByTitle(`Given by ${Ada.name}`).filter({ visible: true });
  await expect(given).toHaveCount(1);

  await ask(ada, Ada.name, 'Change roles');
  const own = ada.getByRole('dialog', { name: `Roles of ${Ada.name}` });
  await own.getByLabel('Administrator').uncheck();
  await own.getByRole('button', { name: 'Save' }).click();
  await expect(own.getByRole('alert')).toContainText('at least one');
});

test('who leaves is out, and the last admin cannot', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const ben = await openMembers(browser, team.people.Ben, team);
  await expect(ben.getByRole('button', { name: 'Invite people' })).toHaveCount(0);
  await ben.getByRole('button', { name: 'Leave the organisation' }).click();
  await ben.getByRole('dialog').getByRole('button', { name: 'Leave the organisation' }).click();
  await expect(ben).toHaveURL('/new-organization');
  await expect(toast(ben, `You have left ${team.name}.`)).toBeVisible();

  const ada = await openMembers(browser, team.people.Ada, team);
  await ada.getByRole('button', { name: 'Leave the organisation' }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'Leave the organisation' }).click();
  await expect(ada.getByRole('dialog').getByRole('alert')).toContainText('at least one');

  // What Ben did stays Ben's.
  await ada.goto(`/${team.slug}/settings/audit`);
  const left = ada.locator('[data-slot="trail"] > li').filter({ hasText: 'Ben Tester' });
  await expect(left.first()).toContainText('deleted');
  await ada.getByLabel('Person').selectOption('Ben Tester (no longer a member)');
  await expect(ada).toHaveURL(new RegExp(team.people.Ben.id));
  await expect(left.first()).toBeVisible();
  const file = await ada.request.get(`/${team.slug}/settings/audit/export/csv`);
  expect(await file.text()).toContain(`Ben Tester,${team.people.Ben.id}`);
});

test('who has lost the link finds the invitation, and may leave without the members’ page', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const ben = await openAs(browser, Ben, '/account/organizations');
  // Pressed before the page has its scripts, it does nothing yet.
  await expect(async () => {
    await ben.getByRole('button', { name: `Leave ${team.name}` }).click({ timeout: 1000 });
    await expect(ben.getByRole('dialog')).toBeVisible({ timeout: 1000 });
  }).toPass();
  await ben.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
  await expect(ben.getByText('You belong to no organisation.')).toBeVisible();

  const ada = await openMembers(browser, Ada, team);
  await invite(ada, Ben.email, 'Manager');
  await ben.goto('/');
  await expect(ben).toHaveURL('/new-organization');
  await expect(ben.getByText('Ada Tester has invited you as Manager.')).toBeVisible();
  await ben.getByRole('button', { name: `Join ${team.name}` }).click();
  await expect(ben).toHaveURL(`/${team.slug}/pipeline`);
});

test('who joins without the link chooses a password then, and is not asked for it again', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const other = await createTeam({ Omar: 'admin' });
  const email = `late.${randomUUID().slice(0, 8)}@test.example`;
  await invite(await openMembers(browser, team.people.Ada, team), email);
  const link = await invite(await openMembers(browser, other.people.Omar, other), email, 'Sales');

  const guest = await visitor(browser);
  await guest.goto(await mailedLink(email));
  await expect(guest.getByLabel('Password', { exact: true })).toBeVisible();
  await guest.goto('/');
  await guest.getByRole('button', { name: `Join ${team.name}` }).click();
  await expect(guest).toHaveURL('/reset-password');
  const password = `Compass-${randomUUID().slice(0, 8)}`;
  await guest.getByLabel('New password').fill(password);
  await guest.getByRole('button', { name: 'Save and continue' }).click();
  await expect(guest).toHaveURL(`/${team.slug}/pipeline`);
  expect(await takesPassword(browser, email, password)).toBe(true);

  await guest.goto(link);
  await expect(guest.getByRole('heading', { name: `Join ${other.name}` })).toBeVisible();
  await expect(guest.getByLabel('Password', { exact: true })).toHaveCount(0);
});
