import { expect, test, type Page } from './support/test.ts';
import { card, cardIn, carry, column, drag, expectLive, openBoard, toast } from './support/pages.ts';
import { createTeam } from './support/team.ts';

test('a card carried by one person follows their hand on the other screen, and stays where they drop it', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  await team.addCustomer(Ada, { name: 'Harbour Mills', status: 'lead', expected_value: 12_000 });
  const ada = await openBoard(browser, Ada, team);
  const ben = await openBoard(browser, Ben, team);
  await expect(cardIn(ben, 'lead', 'Harbour Mills')).toBeVisible();

  await carry(ada, 'Harbour Mills', 'proposal');
  const follower = ben.locator('[data-slot="follower"]');
  await expect(follower).toBeVisible();
  await expect(follower).toContainText('Ada');
  await expect(follower).toContainText('Harbour Mills');
  await expect(cardIn(ben, 'lead', 'Harbour Mills')).toContainText('Ada Tester is moving this card');

  await ada.mouse.up();
  await expect(cardIn(ben, 'proposal', 'Harbour Mills')).toBeVisible();
  await expect(cardIn(ben, 'lead', 'Harbour Mills')).toHaveCount(0);
  await expect(follower).toHaveCount(0);
  await expect(column(ben, 'proposal')).toContainText('€12');
  await expect(ben.getByTestId('pipeline-announcements')).toContainText('Ada Tester moved Harbour Mills');

  await ada.reload();
  await expect(cardIn(ada, 'proposal', 'Harbour Mills')).toBeVisible();
});

test('a card moves by keyboard alone', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  await team.addCustomer(Ada, { name: 'Cedar Clinic', status: 'lead' });
  const page = await openBoard(browser, Ada, team);
  await card(page, 'Cedar Clinic').getByRole('link').focus();
  await page.keyboard.press('Space');
  await expect(page.getByTestId('pipeline-announcements')).toContainText('Cedar Clinic is lifted');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await expect(cardIn(page, 'qualified', 'Cedar Clinic')).toBeVisible();
  await page.reload();
  await expect(cardIn(page, 'qualified', 'Cedar Clinic')).toBeVisible();
});

test('a drop on a card that somebody else moved meanwhile is put back, and says who moved it', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const customer = await team.addCustomer(Ada, { name: 'North Quay', status: 'lead' });
  const ada = await openBoard(browser, Ada, team);

  await carry(ada, 'North Quay', 'proposal');
  const moved = await Ben.client.rpc('move_customer', { customer_id: customer.id, to_status: 'negotiation' });
  expect(moved.error).toBeNull();
  await ada.mouse.up();

  await expect(toast(ada, 'North Quay is back in its place')).toBeVisible();
  await expect(toast(ada, /Ben Tester has just moved it to Negotiation/)).toBeVisible();
  await expect(cardIn(ada, 'negotiation', 'North Quay')).toBeVisible();
  await expect(cardIn(ada, 'proposal', 'North Quay')).toHaveCount(0);
});

test('a browser that was cut off says so, and catches up when it is back', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  await team.addCustomer(Ada, { name: 'Lime Street', status: 'lead' });
  await team.addCustomer(Ada, { name: 'Oak Hall', status: 'lead' });
  const ada = await openBoard(browser, Ada, team);
  const ben = await openBoard(browser, Ben, team);

  await ben.context().setOffline(true);
  await expect(ben.getByTestId('connection')).toHaveAttribute('data-status', 'offline', { timeout: 20_000 });
  await drag(ada, 'Lime Street', 'qualified');
  await expect(cardIn(ada, 'qualified', 'Lime Street')).toBeVisible();
  await drag(ben, 'Oak Hall', 'proposal');
  await expect(cardIn(ben, 'proposal', 'Oak Hall')).toBeVisible();

  await ben.context().setOffline(false);
  await expect(cardIn(ben, 'qualified', 'Lime Street')).toBeVisible({ timeout: 20_000 });
  await expect(cardIn(ada, 'proposal', 'Oak Hall'), 'what was done meanwhile is sent').toBeVisible();
  await expectLive(ben);
  await drag(ada, 'Lime Street', 'proposal');
  await expect(cardIn(ben, 'proposal', 'Lime Street')).toBeVisible();
});

test('closing as lost asks for the reason; cancelling leaves the card where it was', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  await team.addCustomer(Ada, { name: 'Blue Anchor', status: 'negotiation' });
  const page = await openBoard(browser, Ada, team);

  await drag(page, 'Blue Anchor', 'closed_lost');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(cardIn(page, 'negotiation', 'Blue Anchor')).toBeVisible();

  await drag(page, 'Blue Anchor', 'closed_lost');
  await page.getByRole('dialog').getByRole('textbox').fill('Chose a cheaper offer');
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(cardIn(page, 'closed_lost', 'Blue Anchor')).toContainText('Chose a cheaper offer');
});

test('a viewer sees the board live but cannot move a card', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const { Ada, Vic } = team.people;
  await team.addCustomer(Ada, { name: 'Glass House', status: 'lead' });
  const page = await openBoard(browser, Vic, team);
  await drag(page, 'Glass House', 'proposal');
  await expect(cardIn(page, 'lead', 'Glass House')).toBeVisible();
  await Ada.client.from('customers').insert({ org_id: team.id, name: 'Paper House', currency: 'EUR' });
  await expect(cardIn(page, 'lead', 'Paper House')).toBeVisible();
});

test('a customer added inline is on the other screen at once, and filters keep to the address', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const ada = await openBoard(browser, Ada, team);
  const ben = await openBoard(browser, Ben, team);
  await ada.getByRole('button', { name: 'Add a customer to Lead' }).click();
  await ada.getByLabel('Name of the customer').fill('Silver Lake');
  await ada.keyboard.press('Enter');
  await expect(cardIn(ben, 'lead', 'Silver Lake')).toBeVisible();
  await ben.getByLabel('Filter by text').fill('nobody is called this');
  await expect(ben.getByText('No customer matches these filters')).toBeVisible();
  await ben.reload();
  await expect(ben.getByText('No customer matches these filters')).toBeVisible();
  await ben.getByRole('button', { name: 'Clear filters' }).last().click();
  await expect(cardIn(ben, 'lead', 'Silver Lake')).toBeVisible();
});

test('who is on the board is seen, and a card whose holder closes the window is free again', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  await team.addCustomer(Ada, { name: 'Rowan Gate' });
  const ada = await openBoard(browser, Ada, team);
  await expect(ada.getByRole('list', { name: 'Who is here' })).toHaveCount(0);
  const ben = await openBoard(browser, Ben, team);
  await expect(
    ada.getByRole('list', { name: 'Who is here' }).getByRole('link', { name: /Ben Tester/ }),
  ).toBeVisible();

  await carry(ben, 'Rowan Gate', 'qualified');
  await expect(ada.locator('[data-slot="follower"]')).toContainText('Ben');
  await ben.context().close();
  await expect(ada.locator('[data-slot="follower"]')).toHaveCount(0);
  await expect(ada.getByRole('list', { name: 'Who is here' })).toHaveCount(0);
  await drag(ada, 'Rowan Gate', 'proposal');
  await expect(cardIn(ada, 'proposal', 'Rowan Gate')).toBeVisible();
});

test('the order inside a column is shared, and the last move can be taken back', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  for (const name of ['Third House', 'Second House', 'First House']) await team.addCustomer(Ada, { name });
  const ada = await openBoard(browser, Ada, team);
  const ben = await openBoard(browser, Ben, team);
  const order = (page: Page): Promise<string[]> =>
    column(page, 'lead')
      .locator('[data-card]')
      .evaluateAll((cards) =>
        cards
          .map((one) => ({
            top: one.getBoundingClientRect().top,
            name: /(\w+) House/.exec(one.textContent ?? '')?.[1],
          }))
          .sort((a, b) => a.top - b.top)
          .map(({ name }) => name ?? ''),
      );
  await expect.poll(() => order(ben)).toEqual(['First', 'Second', 'Third']);
  await card(ada, 'Third House').getByRole('link').focus();
  for (const key of ['Space', 'ArrowUp', 'ArrowUp', 'Space']) await ada.keyboard.press(key);
  for (const page of [ada, ben]) await expect.poll(() => order(page)).toEqual(['Third', 'First', 'Second']);

  await ada.keyboard.press('Control+z');
  for (const page of [ada, ben]) await expect.poll(() => order(page)).toEqual(['First', 'Second', 'Third']);
});

test('a column of many pages in as it is scrolled', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const many = Array.from({ length: 120 }, (_, index) => ({
    org_id: team.id,
    name: `Stall ${index}`,
    currency: 'EUR',
  }));
  const added = await Ada.client.from('customers').insert(many);
  expect(added.error).toBeNull();
  const page = await openBoard(browser, Ada, team);
  await expect(column(page, 'lead').getByRole('heading')).toBeVisible();
  await expect(column(page, 'lead')).toContainText('120');
  const seen = new Set<string>();
  const cards = column(page, 'lead').locator('[data-card]');
  await cards.first().hover();
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 400);
        for (const text of await cards.allTextContents()) seen.add(/Stall \d+/.exec(text)?.[0] ?? '');
        return seen.size;
      },
      { intervals: [50], timeout: 30_000 },
    )
    .toBe(many.length);
  expect(await cards.count(), 'only what is in sight is drawn').toBeLessThan(50);

  // Elements are taken over by cards that come into view: what was begun with one is not done to the other.
  const names = await cards.allTextContents();
  const name = /Stall \d+/.exec(names[Math.floor(names.length / 2)] ?? '')?.[0] ?? '';
  await card(page, name).click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  const archived = await Ada.client.from('customers').update({ is_archived: true }).eq('name', name);
  expect(archived.error).toBeNull();
  await expect(card(page, name)).toHaveCount(0);
  await expect(page.getByRole('menu')).toHaveCount(0);
});

test('another organisation’s board is absent', async ({ browser }) => {
  const mine = await createTeam({ Ada: 'admin' });
  const theirs = await createTeam({ Eve: 'admin' });
  const { Ada } = mine.people;
  const page = await openBoard(browser, Ada, mine);
  const response = await page.goto(`/${theirs.slug}/pipeline`);
  expect(response?.status()).toBe(404);
  const rows = await Ada.client.from('customers').select('id').eq('org_id', theirs.id);
  expect(rows.data).toEqual([]);
});
