import { expect, test, type Locator, type Page } from './support/test.ts';
import pg from 'pg';
import { expectLive, openAs } from './support/pages.ts';
import { createTeam, product } from './support/team.ts';

const badge = (page: Page): Locator => page.getByTestId('unread').first();
const rows = (page: Page): Locator => page.locator('[data-notification]');

/** Does what the job of every minute does, now. */
async function runDueFollowUps(): Promise<void> {
  const client = new pg.Client({ connectionString: product().database });
  await client.connect();
  try {
    await client.query('select private.notify_due_follow_ups()');
  } finally {
    await client.end();
  }
}

test('a customer given to somebody raises their badge at once; reading lowers it in every tab', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Juniper Inn' });
  const ben = await openAs(browser, Ben, `/${team.slug}/notifications`);
  await expectLive(ben);
  await expect(ben.getByText('Nothing new')).toBeVisible();
  const second = await ben.context().newPage();
  await second.goto(`/${team.slug}/pipeline`);
  await expectLive(second);

  const ada = await openAs(browser, Ada, `/${team.slug}/customers/${id}`);
  await expectLive(ada);
  await ada.getByLabel('Owner').selectOption({ label: 'Ben Tester' });
  await expect(badge(ben)).toContainText('1 unread notification');
  await expect(badge(second)).toContainText('1 unread notification');
  await expect(rows(ben)).toContainText('Ada Tester gave you Juniper Inn');

  await ben.getByRole('button', { name: 'Mark as read: Ada Tester gave you Juniper Inn' }).click();
  await expect(badge(ben)).toHaveCount(0);
  await expect(badge(second)).toHaveCount(0);
  await ben.reload();
  await expect(rows(ben)).toHaveCount(1);
  await expect(badge(ben)).toHaveCount(0);
});

test('a follow-up that falls due is told once, and leads to the customer', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Kestrel Air', owner_id: Ben.id });
  const ben = await openAs(browser, Ben, `/${team.slug}/notifications`);
  await expectLive(ben);
  const secondsAgo = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
  const logged = await Ben.client.from('interactions').insert({
    org_id: team.id,
    customer_id: id,
    type: 'call',
    channel: 'phone',
    note: 'Promised to call back.',
    next_action: 'Call back',
    occurred_at: secondsAgo(600),
    follow_up_at: secondsAgo(30),
  });
  expect(logged.error).toBeNull();
  await runDueFollowUps();
  await runDueFollowUps();
  const told = rows(ben).filter({ hasText: 'Follow up with Kestrel Air' });
  await expect(told).toHaveCount(1);
  await told.getByRole('link').click();
  await expect(ben).toHaveURL(`/${team.slug}/customers/${id}`);
  await expect(ben.getByText('Promised to call back.')).toBeVisible();
});

test('all are marked as read at once', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  for (const name of ['Lark Hill', 'Moss Side', 'Nettle Bank'])
    await team.addCustomer(Ada, { name, owner_id: Ben.id });
  const ben = await openAs(browser, Ben, `/${team.slug}/notifications`);
  await expect(badge(ben)).toContainText('3 unread notifications');
  await ben.getByRole('button', { name: 'Mark all as read' }).click();
  await expect(badge(ben)).toHaveCount(0);
  await expect(rows(ben)).toHaveCount(3);
});
