/** What a person does with the mouse and the eyes, named once. */
import { expect, type Browser, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';
import { product, type Person, type Stage } from './team.ts';

/** Headers of a browser somewhere else in the world, as a proxy would send them on. */
export const elsewhere = (): { 'x-forwarded-for': string } => ({
  'x-forwarded-for': `2001:db8:${hex()}:${hex()}::1`,
});
const hex = (): string => Math.floor(Math.random() * 0xffff).toString(16);

/** A browser of this person's own, signed in by the form's own request; the form itself is tested with `auth`. */
export async function openAs(
  browser: Browser,
  person: Person,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { app } = product();
  const context = await browser.newContext({ baseURL: app, extraHTTPHeaders: elsewhere(), ...options });
  const answer = await context.request.post('/sign-in?/password', {
    form: { email: person.email, password: person.password, next: path },
    headers: { origin: app, accept: 'text/html' },
    maxRedirects: 0,
  });
  expect(answer.status(), 'signing in redirects').toBe(303);
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

/** Whether the form of signing in takes a password, asked from a browser that nobody uses. */
export async function takesPassword(browser: Browser, email: string, password: string): Promise<boolean> {
  const { app } = product();
  const context = await browser.newContext({ baseURL: app, extraHTTPHeaders: elsewhere() });
  const answer = await context.request.post('/sign-in?/password', {
    form: { email, password, next: '' },
    headers: { origin: app, accept: 'text/html' },
    maxRedirects: 0,
  });
  await context.close();
  return answer.status() === 303;
}

/** What a short message at the edge of the screen says. */
export const toast = (page: Page, text: string | RegExp): Locator =>
  page.locator('[data-sonner-toast]').filter({ hasText: text });

export const column = (page: Page, stage: Stage): Locator => page.locator(`section[data-column="${stage}"]`);

export const card = (page: Page, name: string): Locator =>
  page.locator('[data-card]').filter({ has: page.getByText(name, { exact: true }) });

export const cardIn = (page: Page, stage: Stage, name: string): Locator =>
  column(page, stage).locator('[data-card]').filter({ hasText: name });

/** Opens the board and waits until it hears of changes. */
export async function openBoard(browser: Browser, person: Person, { slug }: { slug: string }): Promise<Page> {
  const page = await openAs(browser, person, `/${slug}/pipeline`);
  await expectLive(page);
  return page;
}

export async function expectLive(page: Page): Promise<void> {
  await expect(page.getByTestId('connection')).toHaveAttribute('data-status', 'live', { timeout: 15_000 });
}

/** Presses on a card and carries it over a column, without letting go. */
export async function carry(page: Page, name: string, to: Stage): Promise<void> {
  // Cards glide to where another one left a gap.
  await card(page, name).hover({ trial: true });
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
