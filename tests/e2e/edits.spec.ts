import { expect, test, type Locator, type Page } from './support/test.ts';
import { kept } from './support/kept.ts';
import { card, cardIn, column, expectLive, openAs, openBoard, toast } from './support/pages.ts';
import { createTeam, type Person } from './support/team.ts';

const fact = (page: Page, field: string): Locator => page.locator(`[data-fact="${field}"]`);
const input = (page: Page, field: string): Locator => fact(page, field).locator('input');
const conflict = (page: Page, field: string): Locator => fact(page, field).locator('[data-slot="conflict"]');
const outbox = (page: Page): Locator => page.getByTestId('outbox');

async function write(page: Page, field: string, text: string): Promise<void> {
  await input(page, field).fill(text);
  await input(page, field).press('Enter');
}

/** A field of a customer as the database has it. */
const stored = async ({ client }: Person, id: string, field: string): Promise<unknown> =>
  (await client.from('customers').select(field).eq('id', id).single<Record<string, unknown>>()).data?.[field];

test('two people edit one customer: what differs merges, what collides is asked, and undoing respects both', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Copper Hill' });
  const open = async (person: Person): Promise<Page> => {
    const page = await openAs(browser, person, `/${team.slug}/customers/${id}`);
    await expectLive(page);
    return page;
  };
  const [ada, ben] = await Promise.all([open(Ada), open(Ben)]);

  await test.step('different fields at the same moment: both stay', async () => {
    await input(ada, 'phone').fill('111 222');
    await input(ben, 'address').fill('Canal Street 4');
    await Promise.all([input(ada, 'phone').press('Enter'), input(ben, 'address').press('Enter')]);
    for (const page of [ada, ben]) {
      await expect(input(page, 'phone')).toHaveValue('111 222');
      await expect(input(page, 'address')).toHaveValue('Canal Street 4');
      await expect(page.locator('[data-slot="conflict"]')).toHaveCount(0);
    }
  });

  await test.step('the same field: the second one chooses, and sees who was first', async () => {
    await input(ada, 'phase').fill('Contract sent');
    await write(ben, 'phase', 'Waiting for budget');
    await expect.poll(() => stored(Ada, id, 'phase')).toBe('Waiting for budget');
    await input(ada, 'phase').press('Enter');
    const choice = conflict(ada, 'phase');
    await expect(choice).toContainText('Ben Tester changed this in the meantime.');
    await expect(choice).toContainText('Waiting for budget');
    await expect(choice).toContainText('Contract sent');
    await choice.getByRole('button', { name: 'Keep mine' }).click();
    await expect(choice).toHaveCount(0);
    await expect(input(ben, 'phase')).toHaveValue('Contract sent');

    await input(ada, 'phase').fill('Signed');
    await write(ben, 'phase', 'Lost the budget');
    await expect.poll(() => stored(Ada, id, 'phase')).toBe('Lost the budget');
    await input(ada, 'phase').press('Enter');
    await choice.getByRole('button', { name: 'Take theirs' }).click();
    await expect(input(ada, 'phase')).toHaveValue('Lost the budget');

    await input(ada, 'expected_value').fill('22222');
    await write(ben, 'expected_value', '500');
    await expect.poll(() => stored(Ada, id, 'expected_value')).toBe(500);
    await input(ada, 'expected_value').press('Enter');
    await expect(conflict(ada, 'expected_value'), 'amounts read as such').toContainText('€22,222');
    await expect(conflict(ada, 'expected_value')).toContainText('€500');
    await conflict(ada, 'expected_value').getByRole('button', { name: 'Take theirs' }).click();
    await expect(input(ada, 'expected_value')).toHaveValue('500');
  });

  await test.step('undo and redo by keyboard, but never over what a colleague has made of it', async () => {
    await write(ada, 'phone', '333 444');
    await expect(input(ben, 'phone')).toHaveValue('333 444');
    await ada.keyboard.press('Control+z');
    await expect(toast(ada, 'Undone: Phone of Copper Hill')).toBeVisible();
    await expect(input(ben, 'phone')).toHaveValue('111 222');
    await ada.keyboard.press('Control+Shift+z');
    await expect(input(ben, 'phone')).toHaveValue('333 444');
    await write(ben, 'phone', '555 666');
    await expect(input(ada, 'phone')).toHaveValue('555 666');
    await ada.keyboard.press('Control+z');
    await expect(toast(ada, 'Not undone: Phone of Copper Hill')).toContainText(
      'Ben Tester has changed it since.',
    );
    await expect.poll(() => stored(Ada, id, 'phone')).toBe('555 666');

    await fact(ada, 'grade').locator('select').selectOption('A');
    await expect(fact(ben, 'grade').locator('select')).toHaveValue('A');
    await fact(ada, 'grade').locator('select').press('Control+z');
    await expect(toast(ada, 'Undone: Grade of Copper Hill')).toBeVisible();
  });

  await test.step('what was pasted into a field earlier never comes back into what a colleague wrote there', async () => {
    await input(ada, 'address').selectText();
    await ada.keyboard.insertText('Mill Lane 7');
    await ada.keyboard.press('Enter');
    await expect(input(ben, 'address')).toHaveValue('Mill Lane 7');
    await write(ben, 'address', 'Harbour Road 1');
    await expect(input(ada, 'address')).toHaveValue('Harbour Road 1');
    await input(ada, 'address').press('Control+z');
    await input(ada, 'address').press('Enter');
    await expect(input(ada, 'address')).toHaveValue('Harbour Road 1');
    expect(await stored(Ada, id, 'address')).toBe('Harbour Road 1');
  });
});

test('what is changed without a connection is shown, survives the page, and is sent or asked about afterwards', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Birch Row' });
  const path = `/${team.slug}/customers/${id}`;
  const first = await openAs(browser, Ada, path);
  await expectLive(first);
  const context = first.context();
  // What keeps the edits is loaded with the page.
  await expect.poll(() => first.evaluate(async () => (await indexedDB.databases()).length)).toBe(1);
  await context.setOffline(true);
  await write(first, 'phone', '+49 30 7654321');
  await fact(first, 'grade').locator('select').selectOption('B');
  await write(first, 'address', 'Canal Street 4');
  await expect(fact(first, 'phone')).toContainText('Not saved yet.');
  await expect(outbox(first)).toContainText('3 not saved');
  await expect.poll(() => kept(first, 'outbox'), 'all three outlive the page').toHaveLength(3);
  await first.close();

  const changed = await Ben.client.rpc('patch_record', {
    table_name: 'customers',
    record_id: id,
    changes: { address: 'Harbour Road 1', phase: 'Pilot' },
    seen: { address: null, phase: null },
  });
  expect(changed.error).toBeNull();

  await context.setOffline(false);
  const page = await context.newPage();
  await page.goto(path);
  await expect(conflict(page, 'address')).toContainText('Ben Tester');
  await expect(input(page, 'phone')).toHaveValue('+49 30 7654321');
  await expect(input(page, 'phase')).toHaveValue('Pilot');
  expect(await stored(Ada, id, 'phone')).toBe('+49 30 7654321');
  expect(await stored(Ada, id, 'grade')).toBe('B');

  await expect(outbox(page)).toContainText('1 not saved');
  await outbox(page).click();
  const panel = page.getByRole('dialog', { name: 'Changes of yours' });
  await expect(panel.getByText('Waits for your choice')).toBeVisible();
  await panel.getByRole('button', { name: 'Keep both' }).click();
  await expect(panel.getByText('Waits for your choice')).toHaveCount(0);
  await expect(conflict(page, 'address')).toHaveCount(0);
  await expect(input(page, 'address')).toHaveValue('Harbour Road 1 Canal Street 4');
});

test('several cards are moved and archived together, each as one step', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const ids: string[] = [];
  for (const name of ['Third House', 'Second House', 'First House'])
    ids.push((await team.addCustomer(Ada, { name })).id);
  const page = await openBoard(browser, Ada, team);
  const bar = page.getByTestId('bulk-bar');

  await card(page, 'First House').getByRole('link').focus();
  await page.keyboard.press('x');
  await card(page, 'Third House').click({ modifiers: ['Shift'] });
  await expect(bar).toContainText('3 chosen');
  await card(page, 'Second House').getByRole('checkbox').click();
  await expect(bar).toContainText('2 chosen');
  await bar.getByRole('button', { name: 'Move to…' }).click();
  await page.getByRole('menuitem', { name: 'Proposal' }).click();
  await expect(column(page, 'proposal').locator('[data-card]')).toHaveCount(2);
  await expect(toast(page, '2 customers to Proposal')).toBeVisible();
  await expect(bar).toHaveCount(0);

  // One of them goes elsewhere by another hand: taking the step back leaves it there.
  await Ben.client.rpc('move_customer', { customer_id: ids[0], to_status: 'negotiation' });
  await expect(cardIn(page, 'negotiation', 'Third House')).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(toast(page, 'Undone: 2 customers to Proposal')).toContainText('1 stays as it is');
  await expect(cardIn(page, 'lead', 'First House')).toBeVisible();
  await expect(cardIn(page, 'negotiation', 'Third House')).toBeVisible();

  await card(page, 'First House').getByRole('link').focus();
  await page.keyboard.press('Shift+X');
  await bar.getByRole('button', { name: 'Archive' }).click();
  await expect(column(page, 'lead').locator('[data-card]')).toHaveCount(0);
  await toast(page, 'Archiving 2 customers').getByRole('button', { name: 'Undo' }).click();
  await expect(column(page, 'lead').locator('[data-card]')).toHaveCount(2);
});
