import { expect, test, type Browser, type Locator, type Page } from './support/test.ts';
import { expectLive, openAs, toast } from './support/pages.ts';
import { createTeam, type CustomerInput, type Person } from './support/team.ts';

async function openCustomer(browser: Browser, person: Person, slug: string, id: string): Promise<Page> {
  const page = await openAs(browser, person, `/${slug}/customers/${id}`);
  await expectLive(page);
  return page;
}

const fact = (page: Page, field: string): Locator => page.locator(`[data-fact="${field}"]`);
const input = (page: Page, field: string): Locator => fact(page, field).locator('input');

async function write(page: Page, field: string, text: string): Promise<void> {
  await input(page, field).fill(text);
  await input(page, field).press('Enter');
}

async function stage(browser: Browser, customer: CustomerInput) {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, customer);
  const ada = await openCustomer(browser, Ada, team.slug, id);
  const ben = await openCustomer(browser, Ben, team.slug, id);
  return { team, id, ada, ben };
}

test('a fact edited in place is on the other screen at once, and who edits is seen while they type', async ({
  browser,
}) => {
  const { ada, ben } = await stage(browser, { name: 'Amber Yard' });
  await expect(ben.getByRole('heading', { name: 'Amber Yard', level: 1 })).toBeVisible();
  await input(ada, 'phone').focus();
  await expect(fact(ben, 'phone')).toContainText('Ada Tester');
  await input(ada, 'phone').fill('+49 30 1234567');
  await input(ada, 'phone').press('Enter');
  await expect(input(ben, 'phone')).toHaveValue('+49 30 1234567');
  await expect(fact(ben, 'phone')).not.toContainText('Ada Tester');
  await ada.reload();
  await expect(input(ada, 'phone')).toHaveValue('+49 30 1234567');
});

test('escape leaves a fact as it was; a value that does not fit is refused beside the field', async ({
  browser,
}) => {
  const { ada } = await stage(browser, { name: 'Birch Lane', email: 'office@birch.example' });
  await input(ada, 'email').fill('typed by mistake');
  await input(ada, 'email').press('Escape');
  await expect(input(ada, 'email')).toHaveValue('office@birch.example');

  await write(ada, 'email', 'no address');
  await expect(fact(ada, 'email').getByRole('alert')).toBeVisible();
  await expect(input(ada, 'email')).toHaveValue('no address');
  await write(ada, 'phone', 'by pigeon');
  await expect(fact(ada, 'phone').getByRole('alert')).toContainText('such as +49 30 123456');
  await input(ada, 'contract_end_date').focus();
  await write(ada, 'contract_end_date', '1066-10-14');
  await expect(fact(ada, 'contract_end_date').getByRole('alert')).toContainText('from 1900 to 2199');
  await write(ada, 'name', '   ');
  await expect(fact(ada, 'name').getByRole('alert')).toHaveText('This cannot be empty.');
});

test('an amount that is clicked or tabbed into is replaced by what is typed', async ({ browser }) => {
  const { ada } = await stage(browser, { name: 'Beacon Row', expected_value: 7200 });
  const value = input(ada, 'expected_value');
  await expect(value).toHaveValue('€7,200');
  await value.click();
  await ada.keyboard.type('9');
  await expect(value).toHaveValue('9');
  await ada.keyboard.press('Escape');
  await expect(value).toHaveValue('€7,200');
  await fact(ada, 'product_id').locator('select').focus();
  await ada.keyboard.press('Tab');
  await ada.keyboard.type('12k');
  await ada.keyboard.press('Enter');
  await expect(value).toHaveValue('€12,000');
});

test('half a word and an open choice are still there after the page was left', async ({ browser }) => {
  const { team, id, ada, ben } = await stage(browser, { name: 'Boxwood Lane' });
  await input(ada, 'address').fill('Canal Str');
  await input(ada, 'phase').fill('Contract sent');
  await write(ben, 'phase', 'Waiting for budget');
  await expect
    .poll(async () => (await team.people.Ada.client.from('customers').select('phase').eq('id', id)).data)
    .toEqual([{ phase: 'Waiting for budget' }]);
  await input(ada, 'phase').press('Enter');
  await expect(fact(ada, 'phase').locator('[data-slot="conflict"]')).toBeVisible();
  await input(ada, 'address').fill('Canal Street 4, second fl');
  await ada.reload();

  await expect(input(ada, 'address')).toHaveValue('Canal Street 4, second fl');
  await expect(fact(ada, 'address')).toContainText('Not saved yet');
  await fact(ada, 'address').getByRole('button', { name: 'Save' }).click();
  await expect(input(ben, 'address')).toHaveValue('Canal Street 4, second fl');
  await fact(ada, 'phase').getByRole('button', { name: 'Keep mine' }).click();
  await expect(input(ada, 'phase')).toBeFocused();
  await expect(input(ben, 'phase')).toHaveValue('Contract sent');
});

test('an interaction is logged by two keystrokes and a sentence, with a follow-up, live on the other screen', async ({
  browser,
}) => {
  const { team, id, ada, ben } = await stage(browser, { name: 'Elm Court' });
  await ada.keyboard.press('l');
  await expect(ada.getByLabel('What happened?')).toBeFocused();
  await expect(ben.getByText('Ada Tester is writing an interaction')).toBeVisible();
  await ada.keyboard.type('They want the offer in writing.');
  await ada.getByLabel('Next action').fill('Send the offer');
  await ada.getByRole('button', { name: 'In 3 days' }).click();
  await ada.keyboard.press('Control+Enter');

  const entry = ben.locator('[data-interaction]').filter({ hasText: 'They want the offer in writing.' });
  await expect(entry).toContainText('Ada Tester');
  await expect(entry).toContainText('Send the offer');
  await expect(ben.getByText('Next step')).toBeVisible();
  await expect(ben.getByText('Ada Tester is writing an interaction')).toHaveCount(0);
  await expect(ada.locator('[data-interaction]')).toHaveCount(1);
  await expect(ada.getByTestId('log-interaction')).toBeFocused();

  const { client } = team.people.Ada;
  const { data } = await client.from('interactions').select('id').eq('customer_id', id).single();
  const changed = await client.from('interactions').update({ note: 'Never said.' }).eq('id', data?.id);
  expect(changed.error).not.toBeNull();
  expect(changed.status).toBeLessThan(500);
  const deleted = await client.from('interactions').delete().eq('id', data?.id).select();
  expect(deleted.status).toBeLessThan(500);
  expect((await client.from('interactions').select('note').eq('id', data?.id).single()).data?.note).toBe(
    'They want the offer in writing.',
  );
});

test('a logged interaction is corrected by another one, and what it said before stays in sight', async ({
  browser,
}) => {
  const { ada, ben } = await stage(browser, { name: 'Fern House' });
  await ada.keyboard.press('l');
  await ada.keyboard.type('They ordered 10 pieces.');
  await ada.keyboard.press('Control+Enter');
  await ben.locator('[data-interaction]').hover();
  await ben.getByRole('button', { name: /^Correct / }).click();
  await ben.getByLabel('What happened?').fill('They ordered 100 pieces.');
  await ben.getByRole('button', { name: 'Save the correction' }).click();
  for (const page of [ada, ben]) {
    const entry = page.locator('[data-interaction]');
    await expect(entry).toHaveCount(1);
    await expect(entry).toContainText('They ordered 100 pieces.');
    await entry.getByText('Before the correction').click();
    await expect(entry.getByText('They ordered 10 pieces.')).toBeVisible();
  }
});

test('a stage chosen on the page moves the card; lost asks why first', async ({ browser }) => {
  const { ada, ben } = await stage(browser, { name: 'Gorse Field' });
  const choose = (page: Page, name: string) =>
    page.getByRole('group', { name: 'Stage' }).getByRole('button', { name });
  await choose(ada, 'Proposal').click();
  await expect(choose(ben, 'Proposal')).toHaveAttribute('aria-pressed', 'true');
  await choose(ada, 'Closed lost').click();
  await ada.getByRole('dialog').getByRole('textbox').fill('Budget was cut');
  await ada.getByRole('dialog').getByRole('button', { name: 'Close as lost' }).click();
  await expect(ben.getByText('Lost: Budget was cut')).toBeVisible();
});

test('a viewer reads the page and is told why nothing can be changed', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const { Ada, Vic } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Heath Road', email: 'hello@heath.example' });
  const page = await openCustomer(browser, Vic, team.slug, id);
  await expect(input(page, 'email')).toHaveValue('hello@heath.example');
  await expect(input(page, 'email')).toBeDisabled();
  await expect(page.getByText('You may see this customer but not change it.').first()).toBeVisible();
  await expect(page.getByText('Your role does not allow logging interactions.')).toBeVisible();
});

test('a customer one may not see, an id that is none and one that never was get the same page', async ({
  browser,
}) => {
  const mine = await createTeam({ Ada: 'admin' });
  const theirs = await createTeam({ Eve: 'admin' });
  const foreign = await theirs.addCustomer(theirs.people.Eve, { name: 'Foreign Trade' });
  const page = await openAs(browser, mine.people.Ada, `/${mine.slug}/pipeline`);
  for (const id of [foreign.id, '00000000-0000-4000-8000-000000000000', 'not-an-id']) {
    const answer = await page.goto(`/${mine.slug}/customers/${id}`);
    expect(answer?.status(), id).toBeLessThan(500);
    await expect(page.getByRole('alert')).toContainText(
      'This customer does not exist, or you may not see it.',
    );
    await expect(page.getByText('Foreign Trade')).toHaveCount(0);
  }
});

test('archiving takes a customer off the board and can be undone', async ({ browser }) => {
  const { ada, ben } = await stage(browser, { name: 'Iris Bank' });
  await ada.getByRole('button', { name: 'Archive' }).click();
  await expect(ben.getByText('Archived', { exact: true })).toBeVisible();
  await toast(ada, 'Iris Bank is archived').getByRole('button', { name: 'Undo' }).click();
  await expect(ben.getByText('Archived', { exact: true })).toHaveCount(0);
});
