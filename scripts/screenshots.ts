/**
 * `node scripts/screenshots.ts`: makes the pictures of the README from the running product, at a moment when a
 * colleague carries a card. Starts a product of its own on an empty data directory; with `TANDEM_E2E` (the line that
 * `npm start -- --json` prints) uses that instance. Nothing is dropped, so the demo data stays as it is.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chromium,
  expect,
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from '@playwright/test';
import { column, expectLive } from '../tests/e2e/support/pages.ts';
import { product, type Stage } from '../tests/e2e/support/team.ts';
import { startProduct } from '../tests/fixtures/product.ts';
import { BROWSER_FLAGS, findBrowser } from './browser.ts';

const folder = join('docs', 'images');
const viewport = { width: 1440, height: 900 };
const onlooker = 'Nadia Haddad';
const mover = 'Clara Lindqvist';
const bystanders = ['Jonas Weber', 'Salma Farouk'];

/** Opens the board as one of the demo people, by one click as anybody does. */
async function openDemo(browser: Browser, name: string, look: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    baseURL: product().app,
    viewport,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...look,
  });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.getByRole('button', { name: new RegExp(`^Sign in as.*${name}`) }).click();
  await page.waitForURL('**/pipeline');
  await expectLive(page);
  return page;
}

/** Lifts a card of one column and holds it over another, a little aslant of its middle. */
async function hold(page: Page, from: Stage, to: Stage): Promise<void> {
  const start = await column(page, from).locator('[data-card]').nth(1).boundingBox();
  const target = await column(page, to).boundingBox();
  if (start === null || target === null) throw new Error('The board is not on screen.');
  await page.mouse.move(start.x + 60, start.y + 30);
  await page.mouse.down();
  await page.mouse.move(start.x + 80, start.y + 40, { steps: 4 });
  await page.mouse.move(target.x + 20, target.y + 330, { steps: 12 });
}

/** Waits until something that follows a hand has arrived where the hand rests. */
async function stillness(moving: Locator): Promise<void> {
  let before = '';
  const rests = async (): Promise<boolean> => {
    const place = JSON.stringify(await moving.boundingBox());
    const same = place === before;
    before = place;
    return same;
  };
  await expect.poll(rests, { intervals: [200] }).toBe(true);
}

async function picture(browser: Browser, colorScheme: 'light' | 'dark', file: string): Promise<void> {
  const page = await openDemo(browser, onlooker, { colorScheme });
  const follower = page.locator('[data-slot="follower"]');
  await expect(follower).toContainText(mover);
  await page.evaluate('document.fonts.ready');
  await stillness(follower);
  await page.screenshot({ path: join(folder, file), animations: 'disabled' });
  await page.context().close();
}

async function takeAll(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_FLAGS });
  try {
    for (const name of bystanders) await openDemo(browser, name);
    const moving = await openDemo(browser, mover);
    await hold(moving, 'qualified', 'proposal');
    await picture(browser, 'light', 'pipeline.png');
    await picture(browser, 'dark', 'pipeline-dark.png');
  } finally {
    await browser.close();
  }
}

if (process.env.TANDEM_E2E !== undefined) {
  await takeAll();
} else {
  const data = await mkdtemp(join(tmpdir(), 'tandem-screenshots-'));
  const started = await startProduct(data);
  process.env.TANDEM_E2E = JSON.stringify(started.addresses);
  try {
    await takeAll();
  } finally {
    await started.stop();
    await rm(data, { recursive: true, force: true });
  }
}
