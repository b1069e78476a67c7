import { expect, test, type Page } from './support/test.ts';
import { card, cardIn, column, expectLive, openAs, openBoard, toast } from './support/pages.ts';
import { scriptsLoaded } from './support/scripts.ts';
import { createTeam } from './support/team.ts';

const menu = (page: Page) => page.getByRole('button', { name: /Your menu/ }).filter({ visible: true });

/** Of JavaScript, compressed and with headers, for a first visit to the board. */
const mostKilobytes = 170;

test('a first visit to the board loads little; the keyboard alone gets around, and lists what it can do', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, '/favicon.svg');
  // Until the page answers: what is fetched after that, once it has come to rest, keeps nobody waiting.
  const scripts = await scriptsLoaded(page, async () => {
    await page.goto(`/${team.slug}/pipeline`);
    await expect(page.getByLabel('Filter by text')).toBeEnabled();
  });
  const kilobytes = scripts.reduce((sum, { wire }) => sum + wire, 0) / 1000;
  const biggest = scripts.slice(0, 8).map(({ name, wire }) => `${name} ${(wire / 1000).toFixed(1)}`);
  expect(kilobytes, 'the page comes with its code').toBeGreaterThan(50);
  expect(
    kilobytes,
    `of ${scripts.length} files the biggest are ${biggest.join(', ')} kB`,
  ).toBeLessThanOrEqual(mostKilobytes);

  await expectLive(page);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help.getByText('Go to Products')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);

  await page.keyboard.type('go');
  await expect(page).toHaveURL(`/${team.slug}/products`);
  await page.keyboard.type('gn');
  await expect(page).toHaveURL(`/${team.slug}/notifications`);
  await page.keyboard.type('gp');
  await expect(page).toHaveURL(`/${team.slug}/pipeline`);

  // The address changes a moment before the page is drawn.
  await expect(page.getByRole('region', { name: 'Lead' })).toBeVisible();
  await page.keyboard.press('c');
  await expect(page.getByLabel('Name of the customer')).toBeFocused();
  await page.keyboard.type('gp');
  await expect(page.getByLabel('Name of the customer'), 'letters typed in a field are text').toHaveValue(
    'gp',
  );
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Add a customer to Lead' })).toBeFocused();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('option', { name: 'Add a customer' })).toBeVisible();
  await expect(page.getByRole('option', { name: 'Undo' }), 'there is nothing to undo yet').toHaveCount(0);
});

test('before the app runs, what needs it cannot be pressed or typed into, and links lead on', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const { id } = await team.addCustomer(team.people.Ada, { name: 'Early Bird' });
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/pipeline`, { javaScriptEnabled: false });
  await expect(page.getByLabel('Filter by text')).toBeDisabled();
  await page.getByRole('link', { name: /Early Bird/ }).click();
  await expect(page).toHaveURL(`/${team.slug}/customers/${id}`);
  await expect(page.locator('[data-fact="email"] input')).toBeDisabled();
  await page.goto(`/${team.slug}/products`);
  const enabled = page.locator('button:enabled, input:enabled, select:enabled, textarea:enabled');
  expect(await enabled.filter({ visible: true }).allInnerTexts()).toEqual([]);

  const running = await openAs(browser, team.people.Ada, `/${team.slug}/customers/${id}`);
  await running.locator('[data-fact="email"] input').fill('early@bird.example');
  await expect(running.locator('[data-fact="email"] input')).toHaveValue('early@bird.example');
});

test('without a connection the page stays, says so, and goes on when it is back', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openBoard(browser, team.people.Ada, team);
  // What shows messages comes a moment after the page; without it they would wait for the network.
  await expect(page.getByRole('region', { name: 'Messages' })).toBeAttached();
  await page.context().setOffline(true);
  await expect(page.getByTestId('connection')).toHaveAttribute('data-status', 'offline');
  await page.getByRole('link', { name: 'Products' }).first().click();
  await expect(toast(page, 'You stay where you are.')).toBeVisible();
  await expect(page).toHaveURL(`/${team.slug}/pipeline`);
  await expect(column(page, 'lead')).toBeVisible();
  await page.context().setOffline(false);
  await expectLive(page);
  await page.getByRole('link', { name: 'Products' }).first().click();
  await expect(page).toHaveURL(`/${team.slug}/products`);
});

test('a page that is not there says where to go on', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/customers/none`);
  await expectLive(page);
  await team.people.Ada.client.from('profiles').update({ first_name: 'Adele' }).eq('id', team.people.Ada.id);
  await expect(page.getByText('Adele Tester').first(), 'also once its data was read again').toBeVisible();
  await expect(page.getByRole('alert')).toContainText('Check the address');
  await page.getByRole('link', { name: 'Go to the start' }).click();
  await expect(page).toHaveURL(`/${team.slug}/pipeline`);
});

test('the guide of a new organisation leads to what there is, and is found again', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openBoard(browser, team.people.Ada, team);
  await page.keyboard.press('Control+k');
  await page.getByRole('option', { name: 'Go to Welcome' }).click();
  await expect(page.getByText('1 of 4 done')).toBeVisible();
  for (const [name, path] of [
    ['Open settings', 'settings/general'],
    ['Open products', 'products'],
    ['Invite colleagues', 'settings/members'],
    ['Open the pipeline', 'pipeline'],
  ] as const) {
    await expect(page.getByRole('link', { name })).toHaveAttribute('href', `/${team.slug}/${path}`);
  }
  await team.people.Ada.client.from('products').insert({ org_id: team.id, name: 'Lens', currency: 'EUR' });
  await team.addCustomer(team.people.Ada, { name: 'First Deal' });
  await page.reload();
  await expect(page.getByText('3 of 4 done')).toBeVisible();
});

test('a theme chosen stays after a reload, before any script of the page has run', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openBoard(browser, team.people.Ada, team);
  await menu(page).click();
  await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveClass(/dark/);
  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('html')).toHaveClass(/dark/);
});

test('Arabic turns the page around and keeps to the account', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const page = await openBoard(browser, team.people.Ada, team);
  await menu(page).click();
  await page.getByRole('menuitemcheckbox', { name: 'العربية' }).click();
  const html = page.locator('html');
  await expect(html).toHaveAttribute('dir', 'rtl');
  await expect(html).toHaveAttribute('lang', 'ar');
  await expectLive(page);
  const first = await page.locator('section[data-column="lead"]').boundingBox();
  const second = await page.locator('section[data-column="qualified"]').boundingBox();
  expect(first?.x ?? 0, 'columns run from the right').toBeGreaterThan(second?.x ?? 0);

  const other = await openBoard(browser, team.people.Ada, team);
  await expect(other.locator('html')).toHaveAttribute('dir', 'rtl');
});

test.describe('on a phone', () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

  test('every page fits the width, with the modules in a bar below', async ({ browser }) => {
    const team = await createTeam({ Ada: 'admin' });
    const { Ada } = team.people;
    const { id } = await team.addCustomer(Ada, {
      name: 'A customer with quite a long name for a narrow screen',
    });
    const page = await openAs(browser, Ada, `/${team.slug}/pipeline`, phone);
    const pages = ['pipeline', 'products', 'notifications', `customers/${id}`, 'settings/general', 'welcome'];
    for (const path of [
      '/new-organization',
      '/account/profile',
      ...pages.map((name) => `/${team.slug}/${name}`),
    ]) {
      await page.goto(path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, `${path} scrolls sideways`).toBeLessThanOrEqual(0);
      if (!path.startsWith(`/${team.slug}/`)) continue;
      const bar = page.getByRole('navigation', { name: 'Main navigation' });
      await expect(bar).toBeVisible();
      const box = await bar.boundingBox();
      expect(Math.round((box?.y ?? 0) + (box?.height ?? 0)), 'the bar is at the lower edge').toBe(844);
    }
    await page.goto(`/${team.slug}/customers/${id}`);
    await page.getByRole('link', { name: 'Pipeline' }).first().tap();
    await expect(page).toHaveURL(`/${team.slug}/pipeline`);
    const add = await page.getByRole('button', { name: 'Add a customer to Lead' }).boundingBox();
    expect(Math.min(add?.width ?? 0, add?.height ?? 0), 'a finger can hit it').toBeGreaterThanOrEqual(40);
    await page.getByRole('link', { name: 'Products', exact: true }).tap();
    await expect(page).toHaveURL(`/${team.slug}/products`);
  });

  test('a card moves by the menu and by a finger', async ({ browser }) => {
    const team = await createTeam({ Ada: 'admin' });
    await team.addCustomer(team.people.Ada, { name: 'Thumb Works' });
    await team.addCustomer(team.people.Ada, { name: 'Upper Row' });
    const page = await openAs(browser, team.people.Ada, `/${team.slug}/pipeline`, phone);
    await expectLive(page);
    await page.getByRole('button', { name: 'Actions for Upper Row' }).tap();
    await page.getByRole('menuitem', { name: 'Qualified' }).tap();
    await expect(cardIn(page, 'qualified', 'Upper Row')).toHaveCount(1);

    await dragByFinger(page, 'Thumb Works');
    await expect(cardIn(page, 'qualified', 'Thumb Works')).toHaveCount(1);
    await page.reload();
    await expect(cardIn(page, 'qualified', 'Thumb Works')).toHaveCount(1);
  });
});

/** Rests a finger on a card until it is lifted, then carries it over the column beside it. */
async function dragByFinger(page: Page, name: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  // Cards glide to where another one left a gap.
  await card(page, name).tap({ trial: true });
  const box = await card(page, name).boundingBox();
  if (box === null) throw new Error('Not on screen.');
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number, y: number) =>
    devtools.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
  const from = { x: box.x + 40, y: box.y + 30 };
  await touch('touchStart', from.x, from.y);
  await expect(page.locator('[data-slot="dragged-card"]')).toBeVisible();
  for (let step = 1; step <= 10; step++) await touch('touchMove', from.x + step * 22, from.y + 4);
  await expect(
    column(page, 'qualified').locator('ul > li[aria-hidden]'),
    'the gap it would drop into',
  ).toHaveCount(1);
  await touch('touchEnd', from.x + 220, from.y + 4);
}
