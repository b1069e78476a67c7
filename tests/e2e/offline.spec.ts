import { expect, test, type BrowserContext, type Page } from './support/test.ts';
import { kept } from './support/kept.ts';
import { card, cardIn, expectLive, openAs, toast } from './support/pages.ts';
import { createTeam, product } from './support/team.ts';

const worker = { serviceWorkers: 'allow' } as const;

test('what was opened before opens without a network, says as of when, and catches up', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Harbour Clinic', email: 'desk@harbour.example' });
  await team.addCustomer(Ada, { name: 'Quay Works' });
  const page = await openAs(browser, Ada, `/${team.slug}/pipeline`, worker);
  await expectLive(page);
  await page.getByRole('link', { name: /Harbour Clinic/ }).click();
  await expect(page.locator('[data-fact="email"] input')).toHaveValue('desk@harbour.example');
  await expectKept(page, `/${team.slug}/pipeline`);
  await expectKept(page, `/${team.slug}/customers/${id}`);
  await expect.poll(() => keptQueries(page), 'both are kept').toContain(id);

  await page.context().setOffline(true);
  await page.goto(`/${team.slug}/pipeline`);
  await expect(card(page, 'Quay Works')).toBeVisible();
  await expect(page.getByTestId('connection')).toHaveText(/Offline, as of (\w+ )?\d\d:\d\d/);
  await page.getByRole('link', { name: /Harbour Clinic/ }).click();
  await expect(page.locator('[data-fact="email"] input')).toHaveValue('desk@harbour.example');
  // Each step of the browser is held back until it is known that its page is kept, then made.
  await page.goBack();
  await expect(card(page, 'Quay Works')).toBeVisible();
  await page.goForward();
  await expect(page.locator('[data-fact="email"] input')).toHaveValue('desk@harbour.example');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Harbour Clinic' }).first()).toBeVisible();
  await page.getByRole('link', { name: 'Products' }).first().click();
  await expect(toast(page, 'You stay where you are.'), 'a page never opened').toBeVisible();
  await page.goto('/');
  await expect(page, 'the start leads to what was opened last').toHaveURL(new RegExp(`/${team.slug}/`));
  await page.goto(`/${team.slug}/settings/members`);
  await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();

  await page.goto(`/${team.slug}/pipeline`);
  await expect(card(page, 'Quay Works')).toBeVisible();
  const moved = await Ada.client.from('customers').update({ name: 'Harbour Hospital' }).eq('id', id);
  expect(moved.error).toBeNull();
  await page.context().setOffline(false);
  await expectLive(page);
  await expect(cardIn(page, 'lead', 'Harbour Hospital')).toBeVisible();
  await expect(page.getByTestId('connection')).toHaveText('Live');
});

test('one browser shows nobody what somebody else has seen', async ({ browser }) => {
  const [first, second] = [await createTeam({ Ada: 'admin' }), await createTeam({ Ben: 'admin' })];
  await first.addCustomer(first.people.Ada, { name: 'Secret Lighthouse' });
  const board = `/${first.slug}/pipeline`;
  const page = await openAs(browser, first.people.Ada, board, worker);
  await expectKept(page, board);
  await expect.poll(() => keptQueries(page)).toContain('Secret Lighthouse');
  expect(await cachedPaths(page), 'Cache Storage holds files of the app alone').toEqual([]);

  await test.step('a session that has run out', async () => {
    await page.context().clearCookies();
    await page.reload();
    await expect(page).toHaveURL(/sign-in/);
    await expectNothingOf(page, 'Secret Lighthouse');
    await page.context().setOffline(true);
    await page.goto(board);
    await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
    await page.context().setOffline(false);
    await expect(page.getByRole('heading', { name: 'You are offline' })).toHaveCount(0);
  });

  await test.step('another person signs in', async () => {
    await signInHere(page.context(), first.people.Ada);
    await page.goto(board);
    await expectKept(page, board);
    await signInHere(page.context(), second.people.Ben);
    await page.goto(`/${second.slug}/pipeline`);
    await expectKept(page, `/${second.slug}/pipeline`);
    expect(await databases(page)).toEqual([`tandem-${second.people.Ben.id}`]);
    await page.context().setOffline(true);
    await page.goto(board);
    await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
    await expectNothingOf(page, 'Secret Lighthouse');
    await page.context().setOffline(false);
    await expect(page.getByRole('heading', { name: 'You are offline' })).toHaveCount(0);
  });

  await test.step('signing out', async () => {
    await page.goto(`/${second.slug}/pipeline`);
    await page
      .getByRole('button', { name: /Your menu/ })
      .filter({ visible: true })
      .click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/sign-in/);
    await expect.poll(() => databases(page)).toEqual([]);
    expect(await cachedPaths(page)).toEqual([]);
    await page.goBack();
    await expect(page, 'going back shows no page again').toHaveURL(/sign-in/);
  });
});

/** Waits until the worker can show a page without the server. */
async function expectKept(page: Page, path: string): Promise<void> {
  await expect
    .poll(() => keptPlaces(page), { message: `${path} is kept`, timeout: 20_000 })
    .toEqual(expect.arrayContaining([path, 'frame:1', 'frame:2']));
}

const keptPlaces = async (page: Page): Promise<string[]> =>
  (await kept(page, 'pages')).flatMap((part) =>
    typeof part === 'object' && part !== null && 'place' in part ? [String(part.place)] : [],
  );

const keptQueries = async (page: Page): Promise<string> => JSON.stringify(await kept(page, 'cache'));

const databases = (page: Page): Promise<(string | undefined)[]> =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));

/** What lies in Cache Storage besides files of the app. */
function cachedPaths(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    return paths.filter(
      (path) => !/^\/(_app\/|icons\/|favicon\.svg$|manifest\.webmanifest$|auth\/shell$)/.test(path),
    );
  });
}

async function expectNothingOf(page: Page, text: string): Promise<void> {
  await expect
    .poll(async () => JSON.stringify([await kept(page, 'cache'), await kept(page, 'pages')]))
    .not.toContain(text);
  await expect(page.getByText(text)).toHaveCount(0);
}

async function signInHere(context: BrowserContext, { email, password }: { email: string; password: string }) {
  const answer = await context.request.post('/sign-in?/password', {
    form: { email, password, next: '/' },
    headers: { origin: product().app, accept: 'text/html' },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(303);
}
