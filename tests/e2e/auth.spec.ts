import { expect, test, type Page } from './support/test.ts';
import { newAccount, signIn, signUp } from './support/auth-forms.ts';
import { countMail, mailedLink } from './support/mail.ts';
import { elsewhere, openAs, toast } from './support/pages.ts';
import { stalledNetwork } from './support/stalled-network.ts';
import { createTeam, product } from './support/team.ts';

test.use({
  baseURL: async ({}, use) => use(product().app),
  extraHTTPHeaders: async ({}, use) => use(elsewhere()),
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    /** Opens a link from a mail; without scripts its page has to be sent on by hand. */
    async function follow(page: Page, link: string): Promise<void> {
      await page.goto(link);
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click();
    }

    test('sign up with a first organisation, sign out, sign in again', async ({ page }) => {
      const account = newAccount();
      await signUp(page, account);
      await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
      await follow(page, await mailedLink(account.email));
      await expect(page).toHaveURL(/\/harbour-[^/]+\/welcome$/);
      await expect(page.getByRole('heading', { name: `${account.organization} is ready` })).toBeVisible();

      await signOut(page);
      await page.goto('/');
      await expect(page).toHaveURL(/\/sign-in/);
      await signIn(page, account.email, account.password);
      await expect(page).toHaveURL(/\/harbour-[^/]+\/pipeline$/);
    });

    test('a forgotten password is replaced by the mailed link, which works once', async ({ page }) => {
      const team = await createTeam({ Ada: 'admin' });
      const { Ada } = team.people;
      await page.goto('/sign-in');
      await page.getByRole('link', { name: 'Forgot password?' }).click();
      await expect(page.getByRole('heading', { name: 'Set a new password' })).toBeVisible();
      await page.getByLabel('E-mail').fill(Ada.email);
      await page.getByRole('button', { name: 'Send the link' }).click();
      await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();

      const link = await mailedLink(Ada.email);
      // A program that looks through mail opens it first, and uses nothing up.
      expect((await page.request.get(link)).status()).toBe(200);
      await follow(page, link);
      await expect(page).toHaveURL('/reset-password');
      await page.getByLabel('New password').fill('short');
      await page.getByRole('button', { name: 'Save and continue' }).click();
      await expect(page.getByText('Use at least 8 characters.')).toBeVisible();
      await page.getByLabel('New password').fill('A-quite-new-lighthouse');
      await page.getByRole('button', { name: 'Save and continue' }).click();
      await expect(page).toHaveURL(`/${team.slug}/pipeline`);
      if (javaScriptEnabled) await expect(toast(page, 'Your password is changed.')).toBeVisible();

      await signOut(page);
      await follow(page, link);
      await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
      await page.goto('/sign-in');
      await signIn(page, Ada.email, Ada.password);
      await expect(page.getByRole('alert')).toHaveText('E-mail or password is not right.');
      await signIn(page, Ada.email, 'A-quite-new-lighthouse');
      await expect(page).toHaveURL(`/${team.slug}/pipeline`);
    });

    test('a wrong password and an unknown address get the same words', async ({ page }) => {
      const { people } = await createTeam({ Ada: 'admin' });
      await page.goto('/sign-in');
      for (const email of [people.Ada.email, newAccount().email]) {
        await signIn(page, email, 'not-the-password');
        await expect(page.getByRole('alert')).toHaveText('E-mail or password is not right.');
        await expect(page.getByLabel('E-mail')).toHaveValue(email);
        await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      }
    });

    test('one click signs a demo person in', async ({ page }) => {
      await page.goto('/sign-in');
      await page.getByRole('button', { name: /^Sign in as.*Nadia Haddad/ }).click();
      await expect(page).toHaveURL(/\/[^/]+\/pipeline$/);
      await expect(page.getByRole('button', { name: /Nadia Haddad.*Your menu/ })).toBeVisible();
    });

    test('every field answers wrong input beside itself', async ({ page }) => {
      await page.goto('/sign-up');
      await page.getByLabel('E-mail').fill('not an address');
      await page.getByLabel('Password', { exact: true }).fill('password1');
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByText('Enter an e-mail address such as name@company.com.')).toBeVisible();
      await expect(page.getByText('This cannot be empty.')).toHaveCount(3);
      await expect(page.getByLabel('First name')).toHaveAttribute('aria-invalid', 'true');

      await page.goto('/sign-in');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page.getByText('This cannot be empty.')).toHaveCount(2);
    });
  });
}

test('what is typed before the page has come alive stays, and is sent once', async ({ page }) => {
  await using network = await stalledNetwork(product().app);
  await page.goto(`${network.origin}/sign-up`, { waitUntil: 'commit' });
  const typed = {
    'First name': 'Nora',
    'Last name': 'Founder',
    'E-mail': 'not an address',
    Password: 'Lighthouse-at-sea',
  };
  for (const [label, text] of Object.entries(typed)) {
    await page.getByLabel(label, { exact: true }).fill(text);
  }
  expect(await page.evaluate(() => document.readyState), 'the page is still loading').toBe('loading');
  network.goOn();
  await page.waitForLoadState('networkidle');
  await page.getByLabel('Organisation', { exact: true }).fill('Harbour');
  for (const [label, text] of Object.entries(typed)) {
    await expect(page.getByLabel(label, { exact: true })).toHaveValue(text);
  }
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await page.getByRole('button', { name: 'Create account' }).dblclick();
  await expect(page.getByText('Enter an e-mail address such as name@company.com.')).toBeVisible();
  await expect(page.getByLabel('First name')).toHaveValue('Nora');
  expect(sent).toHaveLength(1);
});

test('whether an address has an account is never told', async ({ page }) => {
  const { people } = await createTeam({ Ada: 'admin' });
  const known = people.Ada.email;
  const unknown = newAccount().email;
  const answers: string[] = [];
  for (const email of [known, unknown]) {
    await page.goto('/forgot-password');
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
    answers.push((await page.locator('main').innerText()).replace(email, '…'));

    await signUp(page, { ...newAccount(), email });
    await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
    answers.push((await page.locator('main').innerText()).replace(email, '…'));
  }
  expect(answers.slice(0, 2)).toEqual(answers.slice(2));
  expect(await countMail(known), 'only the reset is mailed to who has an account').toBe(1);
});

test('a sign-in never leads to another site', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const { app } = product();
  const foreign = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:1',
  ];
  const context = await browser.newContext({ baseURL: app });
  for (const next of foreign) {
    const answer = await context.request.post('/sign-in?/password', {
      form: { email: Ada.email, password: Ada.password, next },
      headers: { origin: app, accept: 'text/html' },
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(303);
    expect(new URL(answer.headers().location ?? '', app).origin, next).toBe(app);
    const visit = await context.request.get(`/sign-in?next=${encodeURIComponent(next)}`, { maxRedirects: 0 });
    expect(visit.status()).toBe(303);
    expect(new URL(visit.headers().location ?? '', app).origin, next).toBe(app);
  }
  const page = await context.newPage();
  await context.clearCookies();
  await page.goto(`/sign-in?next=${encodeURIComponent('//evil.example')}`);
  await signIn(page, Ada.email, Ada.password);
  await expect(page).toHaveURL(`${app}/${team.slug}/pipeline`);
});

test('garbage in any field of any form is answered in words, never with a failure', async ({ request }) => {
  const { app } = product();
  const forms = {
    '/sign-in?/password': ['email', 'password', 'next'],
    '/sign-in?/demo': ['email', 'next'],
    '/sign-up': ['first_name', 'last_name', 'email', 'password', 'organization'],
    '/forgot-password': ['email'],
    '/reset-password': ['password'],
    '/new-organization': ['name', 'currency'],
    '/language': ['language', 'next'],
    '/sign-out': ['next'],
  };
  const garbage = [
    '',
    '\u0000',
    'a\u0000b@test.example',
    "'; drop table customers; --",
    '<script>alert(1)</script>',
    '\u202e\u0301\ufffd🦊',
    'x'.repeat(20_000),
    '[object Object]',
    '%00%ff%zz',
    `${'a'.repeat(300)}@test.example`,
  ];
  for (const [path, fields] of Object.entries(forms)) {
    for (const text of garbage) {
      const form = Object.fromEntries(fields.map((field) => [field, text]));
      const answer = await request.post(`${app}${path}`, {
        form,
        headers: { origin: app, accept: 'text/html' },
        maxRedirects: 0,
      });
      const where = `${path} with ${JSON.stringify(text.slice(0, 30))}`;
      expect(answer.status(), where).toBeLessThan(500);
      expect(await answer.text(), where).not.toContain('<script>alert(1)');
    }
  }
  for (const address of ['/invitations/%00', '/sign-in?next=%00', '/%00/pipeline?q=a%00'])
    expect((await request.get(`${app}${address}`)).status(), address).toBe(400);
});

test('a form posted by another site is refused', async ({ request }) => {
  const answer = await request.post(`${product().app}/sign-out`, {
    form: {},
    headers: { origin: 'https://evil.example', accept: 'text/html' },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(403);
});

test('the session is in cookies that scripts cannot read, and tokens are not for other sites', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const page = await openAs(browser, Ada, `/${team.slug}/pipeline`);
  const cookies = await page.context().cookies();
  const session = cookies.filter(({ value }) => value.startsWith('base64-'));
  expect(session.length).toBeGreaterThan(0);
  for (const cookie of session) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  const readable = await page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage })].join());
  expect(readable).not.toMatch(/base64-|eyJ|refresh_token/);

  const { app } = product();
  const bare = await page.context().request.get(`${app}/auth/token`);
  expect(bare.status()).toBe(403);
  const foreign = await page.context().request.get(`${app}/auth/token`, {
    headers: { 'x-tandem': 'token', 'sec-fetch-site': 'cross-site' },
  });
  expect(foreign.status()).toBe(403);
});

test('signing out in one tab ends the other', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const first = await openAs(browser, Ada, `/${team.slug}/pipeline`);
  const second = await first.context().newPage();
  await second.goto(`/${team.slug}/pipeline`);
  await first.getByRole('button', { name: /Ada Tester.*Your menu/ }).click();
  await first.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(first).toHaveURL(/\/sign-in/);
  await expect(second).toHaveURL(/\/sign-in/);
});

/**
 * Posts the sign-out as its form does: without JavaScript the menu that holds it does not open. The page is left first, for
 * one that finds its session ended goes to the sign-in by itself, across whatever the test does next.
 */
async function signOut(page: Page): Promise<void> {
  const { app } = product();
  await page.goto('about:blank');
  await page.context().request.post('/sign-out', { headers: { origin: app, accept: 'text/html' }, form: {} });
}
