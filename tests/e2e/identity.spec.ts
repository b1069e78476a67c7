import { Secret, TOTP } from 'otpauth';
import { expect, test, type Browser, type Page } from './support/test.ts';
import { newAccount, signIn } from './support/auth-forms.ts';
import { elsewhere, expectLive, openAs, toast } from './support/pages.ts';
import { createTeam, product } from './support/team.ts';

async function signInPage(browser: Browser, headers = elsewhere(), javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({
    baseURL: product().app,
    extraHTTPHeaders: headers,
    javaScriptEnabled,
  });
  const page = await context.newPage();
  await page.goto('/sign-in');
  return page;
}

async function failToSignIn(page: Page, email: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await signIn(page, email, `wrong password ${time}`);
    await expect(page.getByRole('alert')).toHaveText('E-mail or password is not right.');
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  }
}

const tooMany = /^Too many failed sign-ins\. Try again in 1[0-5] min/;

for (const javaScriptEnabled of [true, false]) {
  test(`five wrong passwords are enough for an account${javaScriptEnabled ? '' : ', without JavaScript too'}`, async ({
    browser,
  }) => {
    const { people } = await createTeam({ Ada: 'admin', Ben: 'sales' });
    const { Ada, Ben } = people;
    const page = await signInPage(browser, elsewhere(), javaScriptEnabled);
    await failToSignIn(page, Ada.email, 5);
    await signIn(page, Ada.email, Ada.password);
    await expect(page.getByRole('alert')).toHaveText(tooMany);

    // From anywhere, until the time has passed; others are not concerned.
    const another = await signInPage(browser, elsewhere(), javaScriptEnabled);
    await signIn(another, Ada.email, Ada.password);
    await expect(another.getByRole('alert')).toHaveText(tooMany);
    await signIn(another, Ben.email, Ben.password);
    await expect(another).toHaveURL(/\/pipeline$/);
  });
}

test('an address that nobody has is limited alike, and the answer says how long to wait', async ({
  browser,
}) => {
  const page = await signInPage(browser);
  const { email } = newAccount();
  await failToSignIn(page, email, 5);
  const answer = await page.context().request.post('/sign-in?/password', {
    form: { email, password: 'wrong password', next: '' },
    headers: { origin: product().app, accept: 'text/html' },
  });
  expect(answer.status()).toBe(429);
  const wait = Number(answer.headers()['retry-after']);
  expect(wait).toBeGreaterThan(13 * 60);
  expect(wait).toBeLessThanOrEqual(15 * 60);
});

test('five wrong passwords are enough for an address, whoever is tried; the demo is still one click away', async ({
  browser,
}) => {
  const headers = elsewhere();
  const page = await signInPage(browser, headers);
  for (let time = 0; time < 5; time++) await failToSignIn(page, newAccount().email, 1);
  await signIn(page, newAccount().email, 'wrong password');
  await expect(page.getByRole('alert')).toHaveText(tooMany);
  await page.getByRole('button', { name: /^Sign in as.*Nadia Haddad/ }).click();
  await expect(page).toHaveURL(/\/pipeline$/);
});

test('a client that claims other addresses before the proxy adds its own gets no more tries', async ({
  browser,
}) => {
  const real = elsewhere()['x-forwarded-for'];
  for (let time = 0; time < 5; time++) {
    const page = await signInPage(browser, { 'x-forwarded-for': `198.51.100.${time}, ${real}` });
    await failToSignIn(page, newAccount().email, 1);
    await page.context().close();
  }
  const page = await signInPage(browser, { 'x-forwarded-for': `198.51.100.99, ${real}` });
  await signIn(page, newAccount().email, 'wrong password');
  await expect(page.getByRole('alert')).toHaveText(tooMany);
});

test('weak passwords are refused beside the field, with the reason', async ({ browser }) => {
  const page = await signInPage(browser);
  await page.goto('/sign-up');
  await page.getByLabel('First name').fill('Nora');
  await page.getByLabel('Last name').fill('Founder');
  await page.getByLabel('E-mail').fill('nora.founder@test.example');
  await page.getByLabel('Organisation', { exact: true }).fill('Harbour');
  const password = page.getByLabel('Password', { exact: true });
  for (const [weak, reason] of [
    ['short', 'Use at least 8 characters.'],
    ['Sunshine2026', 'This is one of the passwords that are tried first. Choose another one.'],
    ['my-nora.founder-key', 'The password must not contain your e-mail address or its first part.'],
    ['abababab', 'This password consists of too few different characters.'],
  ] as const) {
    await password.fill(weak);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByText(reason)).toBeVisible();
    await expect(password).toHaveAttribute('aria-invalid', 'true');
  }
});

test('a session ended from another browser leaves its open pages at once', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const lost = await openAs(browser, Ada, `/${team.slug}/pipeline`, {
    userAgent: 'Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0',
  });
  const second = await openAs(browser, Ada, `/${team.slug}/products`);
  const here = await openAs(browser, Ada, '/account/sessions');
  await expectLive(lost);
  await expectLive(second);

  const list = here.locator('[data-session]');
  await expect(list.first()).toContainText('This one');
  const phone = list.filter({ hasText: 'Firefox on Android' });
  await expect(phone).toContainText('2001:db8:');
  await phone.getByRole('button', { name: 'Sign out' }).click();
  await expect(here.getByRole('region', { name: 'Sessions' }).getByRole('status')).toHaveText(
    'Signed out there.',
  );
  await expect(phone).toHaveCount(0);
  await expect(lost).toHaveURL(/\/sign-in\?next=/);
  await lost.goto(`/${team.slug}/pipeline`);
  await expect(lost).toHaveURL(/\/sign-in/);

  await here.getByRole('button', { name: 'Sign out all others' }).click();
  await expect(second).toHaveURL(/\/sign-in/);
  await expect(list).toHaveCount(1);
  await here.reload();
  await expect(list).toHaveCount(1);
});

test('a second factor is set up, asked for at every sign-in and, where the organisation says so, of everyone', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const board = `/${team.slug}/pipeline`;
  const elsewhereOpen = await openAs(browser, Ada, board);
  await expectLive(elsewhereOpen);
  const ben = await openAs(browser, Ben, board);
  await expectLive(ben);
  const page = await openAs(browser, Ada, '/account/second-factor');
  await page.getByRole('button', { name: 'Set up' }).click();
  await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
  const secret = Secret.fromBase32((await page.locator('code').innerText()).replaceAll(' ', ''));
  const step = Math.floor(Date.now() / 30_000);
  // The code of the next half minute counts already: nobody has to wait for it.
  const code = (later: number) => new TOTP({ secret }).generate({ timestamp: (step + later) * 30_000 });
  const give = async (on: Page, typed: string, button = 'Sign in') => {
    await on.getByLabel('Code', { exact: true }).fill(typed);
    await on.getByRole('button', { name: button, exact: true }).click();
  };
  await give(page, code(40), 'Confirm');
  await expect(page.getByText('This code is not right, or has been used.')).toBeVisible();
  await give(page, code(0), 'Confirm');
  await expect(toast(page, 'Your second factor is set up.')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Phone' })).toContainText('Added');
  await expect(elsewhereOpen).toHaveURL(/\/sign-in/);

  await page.goto(`/${team.slug}/settings/preferences`);
  const security = page.getByRole('region', { name: 'Security' });
  await security.getByRole('checkbox', { name: 'Everyone needs a second factor' }).check();
  await security.getByRole('button', { name: 'Save' }).click();
  await expect(security.getByText('Saved')).toBeVisible();
  // What is open already goes there, too.
  await expect(ben).toHaveURL(/\/account\/second-factor\?next=/);
  await expect(ben.getByText(`${team.name} asks for a second factor`)).toBeVisible();

  // Signing in again, without JavaScript: the password alone opens nothing, nor does the code that was used.
  const again = await signInPage(browser, elsewhere(), false);
  await signIn(again, Ada.email, Ada.password);
  await expect(again).toHaveURL(/\/sign-in\/code/);
  await again.goto(board);
  await expect(again).toHaveURL(/\/sign-in\/code\?next=/);
  const headers = { 'x-tandem': 'token' };
  expect((await again.request.get('/auth/token', { headers })).status()).toBe(401);
  await give(again, code(0));
  await expect(again.getByText('This code is not right, or has been used.')).toBeVisible();
  await give(again, `${code(1).slice(0, 3)} ${code(1).slice(3)}`);
  await expect(again).toHaveURL(board);
  expect((await again.request.get('/auth/token', { headers })).status()).toBe(200);

  await again.goto('/account/second-factor');
  await again.getByRole('link', { name: 'Remove Phone' }).click();
  await again.getByRole('button', { name: 'Remove' }).click();
  await expect(again.getByText('You have no second factor yet')).toBeVisible();
  await again.goto(board);
  await expect(again.getByText(`${team.name} asks for a second factor`)).toBeVisible();
});

test('an API key is made, shown once, used and revoked', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const { Ada, Vic } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Pier Nine' });
  const elsewhere = await openAs(browser, Ada, `/${team.slug}/settings/api-keys`);
  const page = await openAs(browser, Ada, `/${team.slug}/settings/api-keys`);
  await page.getByRole('button', { name: 'Create key' }).click();
  await expect(page.getByText('Choose at least one.')).toBeVisible();
  await page.getByLabel('Name').fill('Web shop');
  await page.getByLabel('Read customers').check();
  // What is being filled in, and what is shown once, stay while the page's data is read again.
  const readAgainAs = async (first_name: string) => {
    await Ada.client.from('profiles').update({ first_name }).eq('id', Ada.id);
    await expect(page.getByText(`${first_name} Tester`).first()).toBeVisible();
  };
  await readAgainAs('Adele');
  await page.getByRole('button', { name: 'Create key' }).click();
  await expect(page.getByLabel('Copy it now')).toBeVisible();
  await readAgainAs('Adela');
  const key = await page.getByLabel('Copy it now').inputValue();
  expect(key).toMatch(/^tdm_[0-9A-Za-z]{40}[0-9a-f]{6}$/);
  const listed = `[data-key="${key.slice(4, 12)}"]`;
  await expect(elsewhere.locator(listed)).toContainText('Read customers');

  const ask = () =>
    fetch(`${product().app}/api/v1/customers/${id}`, { headers: { authorization: `Bearer ${key}` } });
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ name: 'Pier Nine' });

  await page.reload();
  const entry = page.locator(listed);
  await expect(entry).toContainText('Read customers');
  await expect(entry).toContainText('Last used');
  expect(await page.content()).not.toContain(key.slice(12, 30));
  await page.getByRole('button', { name: 'Revoke Web shop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(entry).toContainText('Revoked');
  await expect(elsewhere.locator(listed)).toContainText('Revoked');
  const refused = await ask();
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ error: { code: 'api_key_revoked' } });

  const stranger = await openAs(browser, Vic, `/${team.slug}/settings/api-keys`);
  await expect(stranger.getByRole('button', { name: 'Create key' })).toHaveCount(0);
});

test('no address in a request leads to another site', async ({ request }) => {
  const { app } = product();
  for (const foreign of [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    'javascript:alert(1)',
  ]) {
    const answers = [
      await request.post(`${app}/language`, {
        form: { language: 'en', next: foreign },
        headers: { origin: app, accept: 'text/html' },
        maxRedirects: 0,
      }),
      await request.post(`${app}/language`, {
        form: { language: 'en' },
        headers: { origin: app, accept: 'text/html', referer: foreign },
        maxRedirects: 0,
      }),
      await request.get(`${app}/${foreign}/pipeline`, { maxRedirects: 0 }),
    ];
    for (const answer of answers) {
      const { location } = answer.headers();
      if (location !== undefined) expect(new URL(location, app).origin, foreign).toBe(app);
    }
  }
});
