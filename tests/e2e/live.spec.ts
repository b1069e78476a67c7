import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../stack/shared/ports.ts';
import { startProduct } from '../fixtures/product.ts';
import { card, cardIn, carry, column, expectLive, openAs, openBoard, toast } from './support/pages.ts';
import { administrator, createTeam } from './support/team.ts';
import { expect, test, type Page } from './support/test.ts';

const names = (page: Page, stage: 'proposal'): Promise<string[]> =>
  column(page, stage)
    .locator('[data-card]')
    .evaluateAll((cards) =>
      cards
        .map((one) => ({
          top: one.getBoundingClientRect().top,
          name: one.querySelector('a')?.textContent ?? '',
        }))
        .sort((a, b) => a.top - b.top)
        .map(({ name }) => /\w+ Works/.exec(name)?.[0] ?? ''),
    );

test('two drops into one gap, a drop on what was archived, and news while a card is in the hand', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  await team.addCustomer(Ada, { name: 'First Works', status: 'proposal' });
  const archived = await team.addCustomer(Ada, { name: 'Gone Works', status: 'lead' });
  await team.addCustomer(Ada, { name: 'Left Works', status: 'lead' });
  await team.addCustomer(Ada, { name: 'Right Works', status: 'qualified' });
  const [ada, ben] = await Promise.all([openBoard(browser, Ada, team), openBoard(browser, Ben, team)]);

  await Promise.all([carry(ada, 'Left Works', 'proposal'), carry(ben, 'Right Works', 'proposal')]);
  const late = await team.addCustomer(Ben, { name: 'Late Works', status: 'proposal' });
  await expect(ada.getByTestId('count-proposal'), 'the news has arrived').toHaveText('2');
  await expect(card(ada, late.name), 'the column under the hand keeps still').toHaveCount(0);
  await Promise.all([ada.mouse.up(), ben.mouse.up()]);
  await expect(cardIn(ada, 'proposal', late.name)).toBeVisible();
  const stored = async () =>
    (await Ada.client.from('customers').select('name').eq('status', 'proposal').order('board_rank')).data;
  // A board shows a drop where its own hand let go until the database has said where everyone has it.
  await expect(async () => {
    const order = (await stored())?.map(({ name }) => String(name));
    expect(order).toHaveLength(4);
    expect(await names(ada, 'proposal'), 'as on record').toEqual(order);
    expect(await names(ben, 'proposal'), 'as on record').toEqual(order);
  }).toPass({ timeout: 10_000 });

  await carry(ada, 'Gone Works', 'proposal');
  const patch = { customer_id: archived.id, changes: { is_archived: true }, seen: { is_archived: false } };
  expect((await Ben.client.rpc('patch_customer', patch)).error).toBeNull();
  await ada.mouse.up();
  await expect(card(ada, 'Gone Works'), 'nothing is left of it on either board').toHaveCount(0);
  await expect(card(ben, 'Gone Works')).toHaveCount(0);
  await expect(ada.getByTestId('count-lead')).toHaveText('0');
});

test('a laptop that slept for an hour asks for what it missed, and nothing else', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const moved = await team.addCustomer(Ada, { name: 'Moved Mill', status: 'lead', expected_value: 700 });
  const trashed = await team.addCustomer(Ada, { name: 'Trashed Mill', status: 'lead' });
  const ben = await openAs(browser, Ben, `/${team.slug}/pipeline`);
  await ben.clock.install();
  await ben.reload();
  await expectLive(ben);
  await expect(card(ben, 'Trashed Mill')).toBeVisible();
  // What is read twice because of an announcement cannot be the second time; the page must stay for all that.
  await Ada.client.from('profiles').update({ first_name: 'Adele' }).eq('id', Ada.id);
  await expect(ben.getByRole('region', { name: 'Team' })).toContainText('Adele Tester');

  await ben.context().setOffline(true);
  await Ada.client.rpc('move_customer', { customer_id: moved.id, to_status: 'qualified' });
  await Ada.client.rpc('move_to_trash', { table_name: 'customers', record_id: trashed.id });
  await team.addCustomer(Ada, { name: 'New Mill', status: 'proposal' });
  const asked: string[] = [];
  ben.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').at(-1) ?? ''));
  await ben.clock.fastForward('01:00:00');
  await ben.context().setOffline(false);
  await expect(cardIn(ben, 'qualified', 'Moved Mill')).toBeVisible({ timeout: 30_000 });
  await expect(cardIn(ben, 'proposal', 'New Mill')).toBeVisible();
  await expect(card(ben, 'Trashed Mill')).toHaveCount(0);
  await expectLive(ben);
  await expect(column(ben, 'qualified')).toContainText('€700');
  expect(asked).toContain('changes_since');
  expect(asked, 'no column is read again').not.toContain('board_cards');
  expect(asked, 'nor the page').not.toContain('pipeline');
});

test('a field of a colleague is marked with their caret until they leave, close one window or lose their network', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'admin' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Caret House', email: 'desk@caret.example' });
  const path = `/${team.slug}/customers/${id}`;
  const [ada, ben] = await Promise.all([openAs(browser, Ada, path), openAs(browser, Ben, path)]);
  const second = await ben.context().newPage();
  await second.goto(path);
  await Promise.all([ada, ben, second].map(expectLive));
  const source = ada.locator('[data-fact="acquisition_source"]');
  await second.locator('[data-fact="phase"] input').focus();
  await ben.locator('[data-fact="acquisition_source"] input').pressSequentially('fair');
  await expect(source.locator('[data-slot="colleague-caret"]')).toBeAttached();
  await expect(source).toContainText(Ben.name);
  await expect(ada.locator('[data-fact="phase"]')).toContainText(Ben.name);

  // What the page shows is read again, and its fields and channels stay as they are.
  await Ada.client.from('profiles').update({ first_name: 'Adele' }).eq('id', Ada.id);
  await expect(ben.getByRole('region', { name: 'Team' })).toContainText('Adele Tester');
  await second.close();
  await expect(ada.locator('[data-fact="phase"]')).not.toContainText(Ben.name, { timeout: 6_000 });
  await expect(source, 'the other window is still in its field').toContainText(Ben.name);
  await expect(ada.getByRole('list', { name: 'Who is here' }).getByRole('link')).toHaveCount(1);
  await ben.context().setOffline(true);
  await expect(source).not.toContainText(Ben.name, { timeout: 6_000 });

  // What is typed into a customer that a colleague puts into the trash is not lost without a word.
  await ada.locator('[data-fact="phone"] input').pressSequentially('0301');
  expect(
    (await Ben.client.rpc('move_to_trash', { table_name: 'customers', record_id: id })).error,
  ).toBeNull();
  await expect(ada.getByRole('link', { name: /pipeline/i }).first()).toBeVisible();
  await expect(ada.locator('[data-fact="phone"]')).toHaveCount(0);
  await expect(ada.getByText(/is not there|does not exist|cannot be found|trash/i).first()).toBeVisible();
});

test('who is removed while connected is led out with a word, and nothing stays on screen', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ben } = team.people;
  await team.addCustomer(Ben, { name: 'Locked House' });
  const ben = await openBoard(browser, Ben, team);
  await expect(card(ben, 'Locked House')).toBeVisible();
  const membership = { org_id: team.id, user_id: Ben.id };
  expect((await administrator().from('memberships').delete().match(membership)).error).toBeNull();
  await expect(toast(ben, `You no longer belong to ${team.name}`)).toBeVisible();
  await expect(card(ben, 'Locked House')).toHaveCount(0);
  expect(new URL(ben.url()).pathname).not.toContain(team.slug);
  await ben.goBack();
  await expect(card(ben, 'Locked House')).toHaveCount(0);
});

test('a server that restarts while a card is in the hand: the drop is kept and arrives, with no phantom', async ({
  browser,
}) => {
  // It starts the product twice.
  test.slow();
  const data = await mkdtemp(join(tmpdir(), 'tandem-e2e-restart-'));
  const [app, api, db] = await freePorts(3);
  const ports = ['--no-demo', '--port', `${app}`, '--api-port', `${api}`, '--db-port', `${db}`];
  const shared = process.env.TANDEM_E2E;
  let product = await startProduct(data, ports);
  try {
    process.env.TANDEM_E2E = JSON.stringify(product.addresses);
    const team = await createTeam({ Ada: 'admin' });
    await team.addCustomer(team.people.Ada, { name: 'Held House', status: 'lead' });
    const ada = await openBoard(browser, team.people.Ada, team);
    await expect(ada.getByRole('region', { name: /^Messages/ })).toBeAttached();
    await carry(ada, 'Held House', 'proposal');
    await product.stop();
    await ada.mouse.up();
    await expect(card(ada, 'Held House'), 'one card, no phantom').toHaveCount(1);
    await expect(ada.getByTestId('connection')).not.toHaveAttribute('data-status', 'live');
    product = await startProduct(data, ports);
    await expectLive(ada);
    const statusOf = async () =>
      (await team.people.Ada.client.from('customers').select('status')).data?.[0]?.status;
    await expect.poll(statusOf, 'what was done meanwhile is sent').toBe('proposal');
    await expect(cardIn(ada, 'proposal', 'Held House')).toBeVisible();
    await expect(card(ada, 'Held House')).toHaveCount(1);
  } finally {
    process.env.TANDEM_E2E = shared;
    await product.stop();
    await rm(data, { recursive: true, force: true });
  }
});
