import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Browser, type Locator, type Page } from './support/test.ts';
import { expectLive, openAs, toast } from './support/pages.ts';
import { createTeam, type Person } from './support/team.ts';

const input = (page: Page, field: string): Locator => page.locator(`[data-fact="${field}"] input`);

async function write(page: Page, field: string, text: string): Promise<void> {
  await input(page, field).fill(text);
  await input(page, field).press('Enter');
}

/** The entries of a record's history, newest first. */
const entries = (page: Page): Locator => page.locator('[data-slot="history"] > li');
/** The rows of the trail. */
const rows = (page: Page): Locator => page.locator('[data-slot="trail"] > li');

async function openHistory(browser: Browser, person: Person, path: string): Promise<Page> {
  const page = await openAs(browser, person, path);
  await expectLive(page);
  await page.getByRole('tab', { name: 'History' }).click();
  return page;
}

test('two people see what happened to a customer, and one sets a field back', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Amber Yard', email: 'office@amber.example' });
  const path = `/${team.slug}/customers/${id}`;
  const [ada, ben] = [await openHistory(browser, Ada, path), await openHistory(browser, Ben, path)];

  await expect(entries(ada)).toHaveCount(1);
  await expect(entries(ada).first()).toContainText('Ada Tester');
  await expect(entries(ada).first()).toHaveAttribute('data-kind', 'added');

  // Ben's change is in Ada's history without a reload, with both values.
  await write(ben, 'email', 'wrong@amber.example');
  const change = entries(ada).first();
  await expect(change).toContainText('Ben Tester');
  await expect(change.locator('[data-change="email"]')).toContainText('office@amber.example');
  await expect(change.locator('[data-change="email"]')).toContainText('wrong@amber.example');

  await change.getByRole('button', { name: 'Restore: E-mail' }).click();
  await expect(toast(ada, 'E-mail was set back.')).toBeVisible();
  await expect(input(ben, 'email')).toHaveValue('office@amber.example');
  await expect(entries(ben)).toHaveCount(3);
  await expect(entries(ben).first()).toContainText('Ada Tester');
  // What is so already cannot be restored once more.
  await expect(entries(ben).nth(1).getByRole('button', { name: 'Restore: E-mail' })).toHaveCount(0);
});

test('the history is read with the keyboard, and only read by who may not edit', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Vera: 'viewer' });
  const { Ada, Vera } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Birch Lane' });
  await Ada.client.rpc('patch_customer', {
    customer_id: id,
    changes: { phase: 'Pilot' },
    seen: { phase: null },
  });
  const vera = await openAs(browser, Vera, `/${team.slug}/customers/${id}`);
  await expectLive(vera);
  await vera.getByRole('tab', { name: 'Timeline' }).focus();
  await vera.keyboard.press('End');
  await expect(vera.getByRole('tab', { name: 'History' })).toBeFocused();
  await expect(entries(vera).first().locator('[data-change="phase"]')).toContainText('Pilot');
  await expect(vera.getByRole('button', { name: /^Restore/ })).toHaveCount(0);
});

test('an administrator finds, verifies and exports what others did; others have no such page', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ben, { name: '=Cedar()', email: 'office@cedar.example' });
  await team.addCustomer(Ada, { name: 'Dogwood' });
  await Ben.client.rpc('patch_customer', {
    customer_id: id,
    changes: { name: 'Cedar' },
    seen: { name: '=Cedar()' },
  });

  const ben = await openAs(browser, Ben, `/${team.slug}/settings/audit`);
  await expect(ben.getByRole('alert')).toContainText('Your role does not allow this');
  const refused = await ben.request.get(`/${team.slug}/settings/audit/export/jsonl`);
  expect(refused.status()).toBe(403);

  const ada = await openAs(browser, Ada, `/${team.slug}/settings/audit`);
  await ada.getByLabel('Person').selectOption({ label: 'Ben Tester' });
  await expect(ada).toHaveURL(new RegExp(`actor=${Ben.id}`));
  await expect(rows(ada)).toHaveCount(2);
  await ada.getByLabel('Action').selectOption({ label: 'changed' });
  await expect(rows(ada)).toHaveCount(1);
  await rows(ada).first().locator('summary').focus();
  await ada.keyboard.press('Enter');
  await expect(rows(ada).first().locator('[data-change="name"]')).toContainText('=Cedar()');
  // The filters are in the address: they survive a reload and can be sent to a colleague.
  await ada.reload();
  await expect(rows(ada)).toHaveCount(1);
  await expect(ada.getByLabel('Person')).toHaveValue(Ben.id);

  const csv = ada.waitForEvent('download');
  await ada.getByRole('link', { name: /^CSV/ }).click();
  const sheet = await readFile(await (await csv).path(), 'utf8');
  expect(sheet).toContain('Ben Tester');
  expect(sheet).toContain("name,'=Cedar(),Cedar");
  expect(sheet).not.toContain('Dogwood');

  await ada.getByRole('button', { name: 'Clear filters' }).click();
  await expect(rows(ada).filter({ hasText: 'Dogwood' })).toHaveCount(1);
  await ada.getByLabel('Record').fill(`https://crm.example/somewhere/customers/${id}`);
  await ada.getByLabel('Record').press('Enter');
  await expect(rows(ada)).toHaveCount(2);

  await ada.getByRole('button', { name: 'Clear filters' }).click();
  await Ada.client.rpc('delete_customer', { customer_id: id });
  await ada.getByLabel('Action').selectOption({ label: 'moved to the trash' });
  await expect(rows(ada)).toHaveCount(1);
  await expect(rows(ada)).toContainText('Cedar');
  await ada.getByLabel('Action').selectOption({ label: 'took out of the trash' });
  await expect(rows(ada)).toHaveCount(0);
  await Ada.client.rpc('save_settings', { org_id: team.id, changes: { 'trash.retention_days': '31' } });
  await ada.getByRole('button', { name: 'Clear filters' }).click();
  await ada.getByLabel('Area').selectOption({ label: 'Settings' });
  await expect(rows(ada).filter({ hasText: 'Days in the trash' }).filter({ hasText: 'changed' })).toHaveCount(
    1,
  );
  await ada.getByLabel('Record').fill('no such thing');
  await ada.getByRole('button', { name: 'Clear filters' }).click();
  await expect(ada.getByLabel('Record'), 'at the first click').toHaveValue('');
  await expect(rows(ada).filter({ hasText: 'Dogwood' })).toHaveCount(1);

  await ada.getByRole('button', { name: 'Verify' }).click();
  await expect(ada.locator('[data-slot="verification"]')).toContainText('as they were written');

  const jsonl = ada.waitForEvent('download');
  await ada.getByRole('link', { name: /^JSONL/ }).click();
  const file = await (await jsonl).path();
  const verified = spawnSync(process.execPath, ['scripts/audit-verify.ts', file], { encoding: 'utf8' });
  expect(verified.stderr).toBe('');
  expect(verified.stdout).toMatch(/^OK/);
});

test('who opens a customer of another organisation finds nothing, and that organisation knows', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const others = await createTeam({ Eve: 'admin' });
  const { Ada } = team.people;
  const { Eve } = others.people;
  const { id } = await team.addCustomer(Ada, { name: 'Elder Grove' });

  const eve = await openAs(browser, Eve, `/${others.slug}/customers/${id}`);
  await expect(eve.getByRole('alert')).toBeVisible();
  await expect(eve.getByText('Elder Grove')).toHaveCount(0);

  const ada = await openAs(browser, Ada, `/${team.slug}/settings/audit?table=security`);
  await expect(rows(ada)).toHaveCount(1);
  await expect(rows(ada).first()).toContainText('Looked for a record of this organisation from outside');
  await expect(rows(ada).first()).toContainText('No member');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`history and audit page have no accessibility faults in the ${colorScheme} theme`, async ({
    browser,
  }) => {
    const team = await createTeam({ Ada: 'admin' });
    const { Ada } = team.people;
    const { id } = await team.addCustomer(Ada, { name: 'Fern Hill' });
    const changes = { phase: 'Pilot', tags: ['vip'] };
    await Ada.client.rpc('patch_customer', { customer_id: id, changes, seen: { phase: null, tags: [] } });
    const faults = async (page: Page) => {
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      return violations.map(
        ({ id: rule, nodes }) => `${rule}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
      );
    };
    const look = { colorScheme, reducedMotion: 'reduce', viewport: { width: 390, height: 844 } } as const;

    const history = await openAs(browser, Ada, `/${team.slug}/customers/${id}`, look);
    await expectLive(history);
    await history.getByRole('tab', { name: 'History' }).click();
    await expect(entries(history)).toHaveCount(2);
    expect(await faults(history)).toEqual([]);

    const audit = await openAs(browser, Ada, `/${team.slug}/settings/audit?table=customers`, look);
    await rows(audit).first().locator('summary').click();
    await audit.getByRole('button', { name: 'Verify' }).click();
    await expect(audit.locator('[data-slot="verification"]')).toContainText('as they were written');
    expect(await faults(audit)).toEqual([]);
  });
}
