import { expect, test, type Page } from './support/test.ts';
import { card, expectLive, openAs, openBoard } from './support/pages.ts';
import { createTeam, product, systemRoleId } from './support/team.ts';

const cell = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });

test('a role is made without JavaScript, given to a person, and narrowed: they see less at once', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  await team.addCustomer(Ada, { name: 'Nile Clinic', owner_id: Ada.id });
  await team.addCustomer(Ada, { name: 'Own Pharmacy', owner_id: Ben.id });

  const ada = await openAs(browser, Ada, `/${team.slug}/settings/roles/new`, { javaScriptEnabled: false });
  await ada.getByLabel('Name').fill('Key account');
  await cell(ada, 'Customers: See').selectOption('All');
  await ada.getByRole('checkbox', { name: 'Members: See' }).check();
  await ada.getByRole('button', { name: 'Create role' }).click();
  await expect(ada.getByRole('heading', { name: 'Key account' })).toBeVisible();
  await expect(cell(ada, 'Customers: See')).toHaveValue('all');
  await expect(ada.getByText('Nobody holds this role.')).toBeVisible();
  const roleId = new URL(ada.url()).pathname.split('/').at(-1);

  await Ada.client.from('member_roles').insert({ org_id: team.id, user_id: Ben.id, role_id: roleId });
  const sales = await systemRoleId(Ada.client, team.id, 'sales');
  await Ada.client.from('member_roles').delete().eq('user_id', Ben.id).eq('role_id', sales);
  const ben = await openBoard(browser, Ben, team);
  await expect(card(ben, 'Nile Clinic')).toBeVisible();
  const products = await openAs(browser, Ben, `/${team.slug}/products`);
  await expect(products.getByRole('alert')).toContainText('Your role does not allow this.');

  await ada.reload();
  await expect(ada.getByRole('table', { name: 'Who holds it' }).getByText('Ben Tester')).toBeVisible();
  await cell(ada, 'Customers: See').selectOption('Own');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByText('Saved.')).toBeVisible();
  await expect(card(ben, 'Nile Clinic'), 'what is no longer theirs leaves the screen').toHaveCount(0);
  await expect(card(ben, 'Own Pharmacy')).toBeVisible();

  await ada.getByText('Delete…').click();
  await ada.getByRole('button', { name: 'Delete role' }).click();
  await expect(ada.getByLabel('Role they get instead')).toHaveAccessibleDescription(/Choose which role/);
  await ada.getByText('Delete…').click();
  await ada.getByLabel('Role they get instead').selectOption('Viewer');
  await ada.getByRole('button', { name: 'Delete role' }).click();
  await expect(ada).toHaveURL(`/${team.slug}/settings/roles`);
  await expect(card(ben, 'Nile Clinic'), 'a viewer reads everything').toBeVisible();
});

test('two admins at one role: the second keeps what they chose and decides', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Bea: 'admin' });
  const made = await team.people.Ada.client.rpc('save_role', {
    org_id: team.id,
    role_id: null,
    name: 'Contested',
    description: null,
    permissions: {},
  });
  const path = `/${team.slug}/settings/roles/${made.data.id}`;
  const ada = await openAs(browser, team.people.Ada, path);
  const bea = await openAs(browser, team.people.Bea, path);
  for (const page of [ada, bea]) await expectLive(page);

  await bea.getByRole('checkbox', { name: 'Products: See' }).check();
  await cell(ada, 'Customers: See').selectOption('All');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(bea.getByText('Ada Tester changed this role in the meantime.')).toBeVisible();
  await expect(bea.getByRole('checkbox', { name: 'Products: See' })).toBeChecked();
  await bea.getByRole('button', { name: 'Save' }).click();
  await expect(bea.getByText('Somebody changed this role in the meantime.')).toBeVisible();
  await bea.getByRole('button', { name: 'Take theirs' }).click();
  await expect(bea.getByRole('checkbox', { name: 'Products: See' })).not.toBeChecked();
  await expect(cell(bea, 'Customers: See')).toHaveValue('all');

  await cell(bea, 'Customers: See').focus();
  await bea.keyboard.press('ArrowRight');
  await expect(cell(bea, 'Customers: Add')).toBeFocused();
  await bea.keyboard.press('ArrowDown');
  await expect(cell(bea, 'Interactions: Add')).toBeFocused();
});

test('a system role can be read and copied, not changed', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const vic = await openAs(browser, team.people.Vic, `/${team.slug}/settings/roles`);
  await expect(vic.getByRole('row', { name: /Administrator/ })).toContainText('1');
  await expect(vic.getByRole('link', { name: 'New role' })).toHaveCount(0);
  await vic.getByRole('link', { name: 'Viewer', exact: true }).click();
  await expect(vic.getByText('This role comes with Tandem and stays as it is.')).toBeVisible();
  await expect(vic.getByRole('combobox')).toHaveCount(0);
  await vic.goto(`/${team.slug}/settings/roles/new`);
  await expect(
    vic.getByRole('alert').getByText('Your role does not allow this. Ask your administrator.'),
  ).toBeVisible();

  const ada = await openAs(browser, team.people.Ada, `/${team.slug}/settings/roles`);
  await ada.getByRole('link', { name: 'Viewer', exact: true }).click();
  await ada.getByRole('link', { name: 'Make a copy' }).click();
  await expect(ada.getByLabel('Name')).toHaveValue('Copy of Viewer');
  await expect(cell(ada, 'Customers: See')).toHaveValue('all');
  // The name is far above the button: what is wrong with it is led to.
  await ada.getByLabel('Name').fill('');
  await ada.getByRole('button', { name: 'Create role' }).click();
  await expect(ada.getByLabel('Name')).toBeFocused();
  await expect(ada.getByLabel('Name')).toHaveAccessibleDescription(/./);
});

test('an admin views the app as another role: marked, narrowed, read-only, until they stop or sign out', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  await team.addCustomer(Ada, { name: 'Of Ada', owner_id: Ada.id });
  const bens = await team.addCustomer(Ada, { name: 'Of Ben', owner_id: Ben.id });
  const ada = await openAs(browser, Ada, `/${team.slug}/settings/roles`);
  await ada.getByRole('link', { name: 'Medical representative' }).click();
  await ada.getByRole('button', { name: 'View as this role' }).click();

  const bar = ada.getByRole('region', { name: 'View as another role' });
  await expect(bar).toContainText('Viewing as Medical representative');
  await expectLive(ada);
  await expect(card(ada, 'Of Ada')).toBeVisible();
  await expect(card(ada, 'Of Ben'), 'only what such a person would see').toHaveCount(0);
  await expect(ada.getByRole('button', { name: /Add a customer/ })).toHaveCount(0);

  // What others may not see does not come by the channel either.
  await Ben.client.rpc('patch_customer', {
    customer_id: bens.id,
    changes: { name: 'Still hidden' },
    seen: { name: 'Of Ben' },
  });
  await Ada.client.rpc('patch_customer', {
    customer_id: (await Ada.client.from('customers').select('id').eq('name', 'Of Ada').single()).data?.id,
    changes: { name: 'Of Ada, renamed' },
    seen: { name: 'Of Ada' },
  });
  await expect(card(ada, 'Of Ada, renamed')).toBeVisible();
  await expect(card(ada, 'Still hidden')).toHaveCount(0);

  // A form sent all the same.
  const answer = await ada.context().request.post(`/${team.slug}/settings/general`, {
    form: { name: 'Changed', currency: 'EUR' },
    headers: { origin: product().app, accept: 'text/html' },
  });
  expect(answer.status()).toBe(403);
  expect(await answer.text()).toContain('You are viewing the app as another role');

  await bar.getByRole('button', { name: 'Stop' }).click();
  await expect(bar).toHaveCount(0);
  await ada.goto(`/${team.slug}/pipeline`);
  await expect(card(ada, 'Still hidden')).toBeVisible();
});

test('a view ends with the session, and is no way to see more for who is no admin', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Rep: 'medical_rep' });
  const { Ada, Rep } = team.people;
  await team.addCustomer(Ada, { name: 'Of Ada', owner_id: Ada.id });
  const roles = await Ada.client.from('roles').select('id, key').eq('org_id', team.id);
  const idOf = (key: string) => String(roles.data?.find((role) => role.key === key)?.id);
  const view = (page: Page, role: string) =>
    page.context().request.post(`/${team.slug}/view-as`, {
      form: { role },
      headers: { origin: product().app, accept: 'text/html' },
    });

  const rep = await openAs(browser, Rep, `/${team.slug}/pipeline`);
  await view(rep, idOf('admin'));
  await rep.goto(`/${team.slug}/pipeline`);
  await expectLive(rep);
  await expect(rep.getByRole('region', { name: 'View as another role' })).toHaveCount(0);
  await expect(card(rep, 'Of Ada')).toHaveCount(0);

  const ada = await openAs(browser, Ada, `/${team.slug}/pipeline`);
  await view(ada, idOf('viewer'));
  await ada.goto(`/${team.slug}/pipeline`);
  await expect(ada.getByText('Viewing as Viewer')).toBeVisible();
  const isViewing = async () => (await ada.context().cookies()).some(({ name }) => name.endsWith('-view-as'));
  expect(await isViewing()).toBe(true);
  // A page that learns of the sign-out would lead to the sign-in, across what follows.
  await ada.goto('about:blank');
  await ada.context().request.post('/sign-out', { headers: { origin: product().app } });
  expect(await isViewing()).toBe(false);
  const signIn = () =>
    ada.context().request.post('/sign-in?/password', {
      form: { email: Ada.email, password: Ada.password },
      headers: { origin: product().app, accept: 'text/html' },
    });
  await signIn();
  // A session that just ran out: the next one begins without the view.
  await view(ada, idOf('viewer'));
  expect(await isViewing()).toBe(true);
  await signIn();
  await ada.goto(`/${team.slug}/pipeline`);
  await expectLive(ada);
  await expect(ada.getByText('Viewing as Viewer')).toHaveCount(0);
});
