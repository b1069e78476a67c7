import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from './support/test.ts';
import { mailedLink } from './support/mail.ts';
import { card, carry, expectLive, openAs } from './support/pages.ts';
import { createTeam, product, systemRoleId, type Team } from './support/team.ts';
import { addTree } from './support/territories.ts';

// Each visits many places and looks at all of them twice.
test.describe.configure({ timeout: 180_000 });

/** Rules whose answer depends on the theme; the others look at what both have in common. */
const RULES_OF_COLOR = ['color-contrast', 'link-in-text-block'];

/** All rules, in the page itself: what gathers the answers of frames costs a third of the time, and there are none. */
const look = (page: Page): AxeBuilder => new AxeBuilder({ page }).setLegacyMode();

/** What axe finds wrong in either theme, as text short enough to read in a report. */
async function findings(page: Page, place: string): Promise<string[]> {
  await settled(page);
  const light = await look(page).analyze();
  await page.emulateMedia({ colorScheme: 'dark' });
  await settled(page);
  const dark = await look(page).withRules(RULES_OF_COLOR).analyze();
  await page.emulateMedia({ colorScheme: 'light' });
  return [...inWords(light, place), ...inWords(dark, `${place} (dark)`)];
}

function inWords({ violations }: Awaited<ReturnType<AxeBuilder['analyze']>>, place: string): string[] {
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, any }) => `${place}: ${id} (${help}) at ${target.join(' ')}: ${any[0]?.message ?? ''}`,
    ),
  );
}

/** What moves is looked at when it has arrived: a colour half faded in is nobody's colour. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // What has just begun to move is known from the next frame on.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
        .map((animation) => animation.finished.catch(() => undefined)),
    );
  });
}

const LOOK = { colorScheme: 'light', reducedMotion: 'reduce' } as const;

async function stage(): Promise<{ team: Team<'Ada' | 'Ben'>; customer: string }> {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, {
    name: 'Quay Street',
    owner_id: Ben.id,
    expected_value: 9_000,
  });
  await team.addCustomer(Ada, { name: 'River Bank', status: 'closed_won', owner_id: Ada.id });
  const names = ['Compass', 'Lantern', 'Rope', 'Sextant'];
  await Ada.client
    .from('products')
    .insert(names.map((name) => ({ org_id: team.id, name, currency: 'EUR', is_active: name !== 'Sextant' })));
  await Ada.client.from('interactions').insert({
    org_id: team.id,
    customer_id: id,
    type: 'call',
    channel: 'phone',
    note: 'They want the offer in writing.',
    follow_up_at: new Date(Date.now() + 86_400_000).toISOString(),
  });
  return { team, customer: id };
}

test('the pages before signing in have no accessibility faults', async ({ browser }) => {
  const { app } = product();
  const { people } = await createTeam({ Ada: 'admin' });
  const page = await (await browser.newContext({ baseURL: app, ...LOOK })).newPage();
  const found: string[] = [];
  for (const path of ['/sign-in', '/sign-up', '/forgot-password', '/auth/confirm', '/nowhere/at/all']) {
    await page.goto(path);
    found.push(...(await findings(page, path)));
  }
  await page.goto('/sign-up');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('This cannot be empty.').first()).toBeVisible();
  found.push(...(await findings(page, '/sign-up with mistakes')));
  await page.goto('/forgot-password');
  await page.getByLabel('E-mail').fill(people.Ada.email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.goto(await mailedLink(people.Ada.email));
  await expect(page.getByLabel('New password')).toBeVisible();
  found.push(...(await findings(page, '/reset-password')));
  expect(found).toEqual([]);
});

test('the pages of an organisation have no accessibility faults', async ({ browser }) => {
  const { team, customer } = await stage();
  const page = await openAs(browser, team.people.Ben, `/${team.slug}/pipeline`, LOOK);
  await expectLive(page);
  await expect(card(page, 'Quay Street')).toBeVisible();
  const found = await findings(page, 'pipeline');
  const places = {
    [`customers/${customer}`]: 'They want the offer in writing.',
    products: 'Sextant',
    notifications: 'Quay Street',
    'settings/general': 'The name everybody sees',
    welcome: 'Your first deal',
    'no-such-page': 'There is no page at this address',
  };
  for (const [path, text] of Object.entries(places)) {
    await page.goto(`/${team.slug}/${path}`);
    await expect(page.locator('main').getByText(text).first()).toBeVisible();
    found.push(...(await findings(page, path)));
  }
  await page.goto('/new-organization');
  found.push(...(await findings(page, 'new organisation')));
  await page.goto('/account/profile');
  found.push(...(await findings(page, 'profile')));
  expect(found).toEqual([]);
});

test('roles, preferences and the trash have no accessibility faults', async ({ browser }) => {
  const { team, customer } = await stage();
  const { Ada } = team.people;
  const manager = await systemRoleId(Ada.client, team.id, 'manager');
  await Ada.client.rpc('move_to_trash', { table_name: 'customers', record_id: customer });
  const page = await openAs(browser, Ada, `/${team.slug}/settings/preferences`, LOOK);
  await expectLive(page);
  const found = await findings(page, 'preferences');
  const places = {
    roles: 'Medical representative',
    [`roles/${manager}`]: 'What it allows',
    'roles/new': 'Create role',
    trash: 'Quay Street',
  };
  for (const [path, text] of Object.entries(places)) {
    await page.goto(`/${team.slug}/settings/${path}`);
    await expect(page.locator('main').getByText(text).first()).toBeVisible();
    found.push(...(await findings(page, path)));
  }
  await page.goto(`/${team.slug}/settings/roles/${manager}`);
  await page.getByRole('button', { name: 'View as this role' }).click();
  await expect(page.getByText('Viewing as Manager')).toBeVisible();
  await expectLive(page);
  found.push(...(await findings(page, 'viewing as')));
  expect(found).toEqual([]);
});

test('territories have no accessibility faults', async ({ browser }) => {
  const { team } = await stage();
  const { Ada, Ben } = team.people;
  const ids = await addTree(Ada, team);
  const given = { org_id: team.id, user_id: Ben.id, territory_id: ids['TA'] };
  const assigned = await Ada.client.from('territory_assignments').insert([
    { ...given, starts_on: '2020-01-01', ends_on: '2020-12-31' },
    { ...given, starts_on: '2021-01-01', ends_on: null, is_primary: true },
  ]);
  expect(assigned.error).toBeNull();
  const page = await openAs(browser, Ada, `/${team.slug}/settings/territories?at=${ids['TA']}`, LOOK);
  await expectLive(page);
  await expect(page.getByRole('button', { name: /^Tanta East, Area, Ben Tester/ })).toBeVisible();
  const found = await findings(page, 'territories');
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await page.getByRole('combobox', { name: 'Territory' }).waitFor();
  found.push(...(await findings(page, 'assign')));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await page.getByRole('combobox').click();
  found.push(...(await findings(page, 'move')));
  await page.keyboard.press('Escape');
  await page.goto(`/${team.slug}/settings/territories/people`);
  await expect(page.getByRole('link', { name: 'Tanta', exact: true }).first()).toBeVisible();
  found.push(...(await findings(page, 'territories by person')));
  await page.goto(`/${team.slug}/settings/territories/import`);
  await expectLive(page);
  await page.getByLabel('CSV file').setInputFiles({
    name: 'map.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('level,code,parent_code,name\ntown,A,,B'),
  });
  await expect(page.getByRole('table')).toBeVisible();
  found.push(...(await findings(page, 'import of territories')));
  expect(found).toEqual([]);
});

test('what opens above a page has no accessibility faults', async ({ browser }) => {
  const { team, customer } = await stage();
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/pipeline`, LOOK);
  await expectLive(page);
  const found: string[] = [];
  const look = async (place: string): Promise<number> => found.push(...(await findings(page, place)));
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('quay');
  await expect(page.getByRole('option', { name: /Quay Street/ })).toBeVisible();
  await look('search');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await look('keyboard shortcuts');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: /Your menu/ }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await look('user menu');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await page.getByRole('button', { name: 'Actions for Quay Street' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await look('card menu');
  await page.getByRole('menuitem', { name: 'Closed lost' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await look('lost reason');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: 'Owner' }).click();
  await look('filter menu');
  await page.keyboard.press('Escape');
  await page.goto(`/${team.slug}/customers/${customer}`);
  await expectLive(page);
  await page.keyboard.press('l');
  await expect(page.getByLabel('What happened?')).toBeFocused();
  await look('log an interaction');
  await page.goto(`/${team.slug}/products`);
  await page.getByRole('button', { name: 'Add a product' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await look('product dialog');
  expect(found).toEqual([]);
});

test('a card in a colleague’s hand, a conflict and a toast have no accessibility faults', async ({
  browser,
}) => {
  const { team, customer } = await stage();
  const ada = await openAs(browser, team.people.Ada, `/${team.slug}/pipeline`, LOOK);
  const ben = await openAs(browser, team.people.Ben, `/${team.slug}/pipeline`, LOOK);
  await expectLive(ada);
  await expectLive(ben);
  await carry(ada, 'Quay Street', 'proposal');
  await expect(ben.locator('[data-slot="follower"]')).toContainText('Ada');
  const found = await findings(ben, 'held card');
  found.push(...(await findings(ada, 'card in the hand')));
  const moved = await team.people.Ben.client.rpc('move_customer', {
    customer_id: customer,
    to_status: 'qualified',
  });
  expect(moved.error).toBeNull();
  await ada.mouse.up();
  await expect(ada.locator('[data-sonner-toast]')).toBeVisible();
  found.push(...(await findings(ada, 'toast')));

  await ada.goto(`/${team.slug}/customers/${customer}`);
  await expectLive(ada);
  const phase = ada.locator('[data-fact="phase"]');
  await phase.locator('input').fill('Hers');
  const changed = await team.people.Ben.client.rpc('patch_customer', {
    customer_id: customer,
    changes: { phase: 'His' },
    seen: { phase: null },
  });
  expect(changed.error).toBeNull();
  await phase.locator('input').press('Enter');
  await expect(phase.locator('[data-slot="conflict"]')).toBeVisible();
  found.push(...(await findings(ada, 'conflict')));
  expect(found).toEqual([]);
});

test('Arabic has no accessibility faults either', async ({ browser }) => {
  const { team, customer } = await stage();
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/pipeline`, LOOK);
  await page.context().addCookies([{ name: 'tandem-locale', value: 'ar', url: product().app }]);
  const found: string[] = [];
  await addTree(team.people.Ada, team);
  const paths = [
    'pipeline',
    `customers/${customer}`,
    'products',
    'notifications',
    'settings/territories',
    'welcome',
  ];
  for (const path of paths) {
    await page.goto(`/${team.slug}/${path}`);
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    if (path !== 'welcome') await expectLive(page);
    found.push(...(await findings(page, path)));
  }
  expect(found).toEqual([]);
});
