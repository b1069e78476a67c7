/** What a person does with the mouse and the eyes, named once. */
import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { product, type Person, type Stage, type Team } from './team.ts';

/** Signs in on the real form, in a browser of this person's own. */
export async function openAs(browser: Browser, person: Person, path: string): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ baseURL: product().app });
  const page = await context.newPage();
  await page.goto(`/sign-in?next=${encodeURIComponent(path)}`);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`**${path}`);
  return page;
}

export const column = (page: Page, stage: Stage): Locator => page.locator(`section[data-column="${stage}"]`);

export const card = (page: Page, name: string): Locator =>
  page.locator('[data-card]').filter({ has: page.getByText(name, { exact: true }) });

export const cardIn = (page: Page, stage: Stage, name: string): Locator =>
  column(page, stage).locator('[data-card]').filter({ hasText: name });

/** Opens the board and waits until it hears of changes. */
export async function openBoard(browser: Browser, person: Person, team: Team): Promise<Page> {
  const page = await openAs(browser, person, `/${team.slug}/pipeline`);
  await expectLive(page);
  return page;
}

export async function expectLive(page: Page): Promise<void> {
  await expect(page.getByTestId('connection')).toHaveAttribute('data-status', 'live', { timeout: 15_000 });
}

/** Presses on a card and carries it over a column, without letting go. */
export async function carry(page: Page, name: string, to: Stage): Promise<void> {
  const from = await box(card(page, name));
  const target = await box(column(page, to));
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  const end = { x: target.x + target.width / 2, y: target.y + 120 };
  await page.mouse.move(from.x + from.width / 2 + 12, from.y + from.height / 2 + 8, { steps: 3 });
  await page.mouse.move(end.x, end.y, { steps: 12 });
}

/** Drags a card into a column and drops it there. */
export async function drag(page: Page, name: string, to: Stage): Promise<void> {
  await carry(page, name, to);
  await page.mouse.up();
}

async function box(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const result = await locator.boundingBox();
  if (result === null) throw new Error('Not on screen.');
  return result;
}
