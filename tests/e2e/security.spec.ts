import { expect, test, type Page } from './support/test.ts';
import { card, expectLive, openAs } from './support/pages.ts';
import { createTeam, product, systemRoleId, type Person } from './support/team.ts';

interface Refusal {
  status: number;
  code: string;
  message: string;
}

/** Calls the API through the app's own origin, as a page of the app does, with a person's token. */
async function call(person: Person, method: string, path: string, body?: unknown): Promise<Refusal> {
  const { data } = await person.client.auth.getSession();
  const answer = await fetch(`${product().app}/rest/v1/${path}`, {
    method,
    headers: {
      apikey: product().publishable_key,
      authorization: `Bearer ${data.session?.access_token}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const fields: Partial<Refusal> = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: answer.status, code: fields.code ?? '', message: fields.message ?? text };
}

/** What a browser complains about: errors of scripts, refused by the content policy, answers that failed. */
function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  return complaints;
}

test('no page makes the browser complain, of scripts or of the content policy', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Thorn Gate', owner_id: Ben.id });
  const withWorker = { serviceWorkers: 'allow' } as const;
  const context = await browser.newContext({ baseURL: product().app, ...withWorker });
  const visitor = await context.newPage();
  const complaints = listen(visitor);
  for (const path of ['/sign-in', '/sign-up', '/forgot-password', '/auth/confirm']) {
    await visitor.goto(path, { waitUntil: 'networkidle' });
  }
  const page = await openAs(browser, Ben, `/${team.slug}/pipeline`, withWorker);
  const more = listen(page);
  for (const path of ['pipeline', `customers/${id}`, 'products', 'notifications', 'welcome']) {
    await page.goto(`/${team.slug}/${path}`);
    if (path !== 'welcome') await expectLive(page);
  }
  await page.goto(`/${team.slug}/pipeline`);
  await expectLive(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Actions for Thorn Gate' }).click();
  await page.getByRole('menuitem', { name: 'Archive' }).click();
  await expect(page.locator('[data-sonner-toast]')).toBeVisible();
  await page.goto('/new-organization', { waitUntil: 'networkidle' });
  expect([...complaints, ...more]).toEqual([]);
});

test('every answer carries the headers that keep a page to itself', async ({ request }) => {
  const { app } = product();
  const expected = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
  const script = /["'](\/_app\/immutable\/[^"']+\.js)["']/.exec(
    await (await request.get(`${app}/sign-in`)).text(),
  )?.[1];
  const answers = [
    '/sign-in',
    '/',
    '/no/such/page',
    '/auth/token',
    '/favicon.svg',
    '/api/v1/me',
    '/api/v1/openapi.json',
  ];
  for (const path of [...answers, script ?? 'no script']) {
    const headers = (await request.get(app + path, { maxRedirects: 0 })).headers();
    expect(headers, path).toMatchObject(expected);
    expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'");
    expect(headers['permissions-policy'], path).toContain('camera=()');
    expect(headers['x-powered-by'], path).toBeUndefined();
  }
  const policy = (await request.get(`${app}/sign-in`)).headers()['content-security-policy'] ?? '';
  for (const rule of [
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]) {
    expect(policy).toContain(rule);
  }
  const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? '';
  expect(scripts).toContain("'nonce-");
  expect(scripts).not.toMatch(/unsafe-inline|unsafe-eval|\*|https?:/);
});

test('markup in any text is shown as text', async ({ browser }) => {
  const team = await createTeam({ Ada: 'admin' });
  const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const { id } = await team.addCustomer(team.people.Ada, { name: attack });
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/pipeline`);
  const complaints = listen(page);
  await expect(card(page, attack)).toBeVisible();
  await page.goto(`/${team.slug}/customers/${id}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(attack);
  await expect(page).toHaveTitle(`${attack} · Tandem`);
  expect(complaints).toEqual([]);
});

test('wrong requests through the app’s own origin get their documented answer, and change nothing', async () => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const other = await createTeam({ Eve: 'admin' });
  const { Ada, Vic } = team.people;
  const mine = await team.addCustomer(Ada, { name: 'Umber Hall' });
  const theirs = await other.addCustomer(other.people.Eve, { name: 'Velvet Row' });
  const row = `customers?id=eq.${mine.id}`;

  const cases: [string, Promise<Refusal>, Partial<Refusal>][] = [
    ['an unknown column', call(Ada, 'PATCH', row, { nickname: 'x' }), { status: 400, code: 'PGRST204' }],
    ['an unknown column read', call(Ada, 'GET', 'customers?select=nickname'), { status: 400, code: '42703' }],
    ['an invalid id', call(Ada, 'GET', 'customers?id=eq.not-an-id'), { status: 400, code: '22P02' }],
    ['a status that is none', call(Ada, 'PATCH', row, { status: 'won' }), { status: 400, code: '22P02' }],
    ['a table that is none', call(Ada, 'GET', 'invoices'), { status: 404, code: 'PGRST205' }],
    [
      'a function that is none',
      call(Ada, 'POST', 'rpc/drop_everything', {}),
      { status: 404, code: 'PGRST202' },
    ],
    ['a body that is no JSON', call(Ada, 'POST', 'rpc/move_customer', '{"customer_id":'), { status: 400 }],
    [
      'moving to a status that is none',
      call(Ada, 'POST', 'rpc/move_customer', { customer_id: mine.id, to_status: 'won' }),
      { status: 400, code: '22P02' },
    ],
    [
      'moving a card one may not see',
      call(Ada, 'POST', 'rpc/move_customer', { customer_id: theirs.id, to_status: 'lead' }),
      { status: 404, code: 'PT404', message: 'customer_not_found' },
    ],
    [
      'moving a card one may only see',
      call(Vic, 'POST', 'rpc/move_customer', { customer_id: mine.id, to_status: 'proposal' }),
      { status: 403, code: 'PT403', message: 'customers_update_denied' },
    ],
    [
      'moving from where it no longer is',
      call(Ada, 'POST', 'rpc/move_customer', {
        customer_id: mine.id,
        to_status: 'proposal',
        seen_status: 'negotiation',
      }),
      { status: 409, code: 'PT409', message: 'customer_moved' },
    ],
    [
      'losing without a reason',
      call(Ada, 'POST', 'rpc/move_customer', { customer_id: mine.id, to_status: 'closed_lost' }),
      { status: 422, code: 'PT422', message: 'lost_reason_required' },
    ],
    [
      'editing a field that is not for editing',
      call(Ada, 'POST', 'rpc/patch_customer', {
        customer_id: mine.id,
        changes: { org_id: other.id },
        seen: {},
      }),
      { status: 400, code: 'PT400', message: 'unknown_field' },
    ],
    [
      'editing to a value that does not fit',
      call(Ada, 'POST', 'rpc/patch_customer', {
        customer_id: mine.id,
        changes: { expected_value: 'a lot' },
        seen: { expected_value: null },
      }),
      { status: 422, code: 'PT422', message: 'invalid_value' },
    ],
    [
      'a customer for another organisation',
      call(Ada, 'POST', 'customers', { org_id: other.id, name: 'Planted', currency: 'EUR' }),
      { status: 403, code: '42501' },
    ],
    [
      'a role for oneself',
      call(Vic, 'POST', 'member_roles', { org_id: team.id, user_id: Vic.id }),
      { status: 403 },
    ],
    ['a body of 30 megabytes', call(Ada, 'PATCH', row, { phase: 'x'.repeat(30_000_000) }), { status: 413 }],
  ];
  for (const [what, answer, expected] of cases) expect(await answer, what).toMatchObject(expected);

  const { data } = await Ada.client
    .from('customers')
    .select('status, phase, version')
    .eq('id', mine.id)
    .single();
  expect(data).toEqual({ status: 'lead', phase: null, version: 1 });
  expect((await call(Ada, 'GET', `customers?id=eq.${theirs.id}`)).message).toBe('[]');
});

test('a fourth active product is refused with its limit and the active ones, also when four come at once', async () => {
  const { id, people } = await createTeam({ Ada: 'admin' });
  const names = ['Compass', 'Lantern', 'Rope', 'Sextant'];
  const added = await people.Ada.client
    .from('products')
    .insert(names.map((name) => ({ org_id: id, name, currency: 'EUR' })))
    .select('id');
  const answers = await Promise.all(
    (added.data ?? []).map((one) =>
      call(people.Ada, 'POST', 'rpc/set_product_active', { product_id: one.id, active: true }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409]);
  const refused = answers.find(({ status }) => status === 409);
  expect(refused).toMatchObject({ code: 'PT409', message: 'active_product_limit' });
  const { count } = await people.Ada.client
    .from('products')
    .select('id', { count: 'exact', head: true })
    .eq('org_id', id)
    .eq('is_active', true);
  expect(count).toBe(3);
});

test('without a session nothing is given: pages lead to the sign-in, the API refuses', async ({
  request,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  await team.addCustomer(team.people.Ada, { name: 'Willow End' });
  const { app, publishable_key: apikey } = product();
  for (const path of ['/', `/${team.slug}/pipeline`, `/${team.slug}/products`, '/new-organization']) {
    const answer = await request.get(app + path, { maxRedirects: 0 });
    expect(answer.status(), path).toBe(303);
    expect(answer.headers().location, path).toMatch(/^\/sign-in/);
  }
  const rows = await request.get(`${app}/rest/v1/customers?select=name`, { headers: { apikey } });
  expect([200, 401, 403]).toContain(rows.status());
  expect(await rows.text()).not.toContain('Willow End');
  const keyless = await request.get(`${app}/rest/v1/customers?select=name`);
  expect(keyless.status()).toBe(401);
  const forged = await request.get(`${app}/rest/v1/customers?select=name`, {
    headers: { apikey, authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.' },
  });
  expect(forged.status()).toBe(401);
});

/** A graph in the notation that the library for forms takes: a few hundred bytes that unfold to 2^depth objects. */
function unfolding(depth: number): string {
  const levels = Array.from({ length: depth - 1 }, (_, level) => `{"a":${level + 2},"b":${level + 2}}`);
  return `[{"email":1},${levels.join(',')},"x"]`;
}

test('what is no form of the app is refused at once, signed in or not', async ({ browser }) => {
  const { app } = product();
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, `/${team.slug}/pipeline`);
  const send = (path: string, data: string, type = 'application/x-www-form-urlencoded') =>
    page.request.post(app + path, {
      headers: { origin: app, 'content-type': type },
      data,
      maxRedirects: 0,
    });
  const forms = [
    '/sign-in?/password',
    '/sign-up',
    '/forgot-password',
    '/account/profile',
    '/account/password',
    '/new-organization',
    `/${team.slug}/settings/general`,
    `/${team.slug}/settings/api-keys?/create`,
  ];
  for (const graph of [unfolding(40), '[{"email":1},{"a":1}]']) {
    const body = new URLSearchParams({ __superform_json: graph }).toString();
    for (const path of forms) {
      const answer = await send(path, body);
      expect(answer.status(), path).toBeLessThan(500);
      expect((await answer.body()).length, path).toBeLessThan(1_000_000);
    }
  }
  for (const path of ['/language', '/sign-in/code', `/${team.slug}/view-as`, '/account/email']) {
    for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=zz']) {
      expect([400, 415], `${path} ${type}`).toContain((await send(path, 'zz', type)).status());
    }
  }
});

test('a page of another origin cannot act for who is signed in here', async ({ browser }) => {
  const { app } = product();
  const team = await createTeam({ Ada: 'admin' });
  const page = await openAs(browser, team.people.Ada, '/account/profile');
  const foreign = app.replace(/\d+$/, '1');
  for (const path of ['/sign-out', '/language', `/${team.slug}/settings/members/invitations`]) {
    const answer = await page.request.post(app + path, {
      headers: { origin: foreign },
      data: Buffer.from('x'),
    });
    expect(answer.status(), path).toBe(403);
  }
  await page.reload();
  await expect(page).toHaveURL('/account/profile');
});

test('who looks through another role changes no files either', async () => {
  const { app, publishable_key: apikey } = product();
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const { data } = await Ada.client.auth.getSession();
  const manager = await systemRoleId(Ada.client, team.id, 'manager');
  const upload = async (name: string, headers: Record<string, string>) =>
    (
      await fetch(`${app}/storage/v1/object/org-files/${team.id}/shared/${name}`, {
        method: 'POST',
        headers: {
          apikey,
          authorization: `Bearer ${data.session?.access_token}`,
          'content-type': 'text/plain',
          ...headers,
        },
        body: 'x',
      })
    ).status;
  expect(await upload('own.txt', {})).toBe(200);
  expect(await upload('viewed.txt', { 'x-tandem-view-as': manager })).toBe(400);
});
