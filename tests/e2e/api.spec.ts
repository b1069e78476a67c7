import { expect, test } from './support/test.ts';
import { createTeam, product, type Person } from './support/team.ts';

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & {
    id?: string;
    version?: number;
    data?: { id: string; name?: string }[];
    next_cursor?: string | null;
    error?: { code: string; message: string; fields?: Record<string, unknown>; request_id: string };
  };
}

const everything = [
  'customers:read',
  'customers:create',
  'customers:update',
  'interactions:read',
  'interactions:create',
  'products:read',
];

async function makeKey(
  person: Person,
  organization: string,
  scopes = everything,
): Promise<{ id: string; key: string }> {
  const { data, error } = await person.client.rpc('create_api_key', {
    org_id: organization,
    name: 'Test',
    scopes,
  });
  if (error) throw error;
  return data;
}

function apiOf(key: string) {
  return async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${product().app}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
}

test('another system keeps customers by a key, with conflicts told by field', async () => {
  const team = await createTeam({ Ada: 'admin' });
  const { Ada } = team.people;
  const api = apiOf((await makeKey(Ada, team.id)).key);

  const me = await api('GET', '/me');
  expect(me.status).toBe(200);
  expect(me.body).toMatchObject({
    organization: { id: team.id },
    acts_for: { id: Ada.id },
    permissions: [...everything].sort(),
  });
  expect(me.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);

  const made = await api('POST', '/customers', {
    name: 'Quay Works',
    email: 'office@quay.example',
    tags: ['import'],
  });
  expect(made.status).toBe(201);
  expect(made.headers.get('location')).toBe(`/api/v1/customers/${made.body.id}`);
  const address = `/customers/${made.body.id}`;
  expect((await api('GET', address)).body).toEqual(made.body);

  await Ada.client.rpc('patch_customer', {
    customer_id: made.body.id,
    changes: { phone: '+49 30 1' },
    seen: { phone: null },
  });
  const late = await api('PATCH', address, { changes: { phone: '+49 30 2', name: 'Quay' }, version: 1 });
  expect(late.status).toBe(409);
  expect(late.body.error).toMatchObject({
    code: 'changed_meanwhile',
    fields: { phone: { yours: '+49 30 2', theirs: '+49 30 1' }, version: { yours: 1, theirs: 2 } },
  });
  const elsewhere = await api('PATCH', address, { changes: { name: 'Quay' }, seen: { name: 'Quay Works' } });
  expect(elsewhere).toMatchObject({ status: 200, body: { name: 'Quay', phone: '+49 30 1', version: 3 } });

  const logged = await api('POST', `${address}/interactions`, { type: 'call', note: 'Asked for an offer' });
  expect(logged).toMatchObject({ status: 201, body: { user_id: Ada.id, note: 'Asked for an offer' } });
  expect((await api('GET', `${address}/interactions`)).body.data).toHaveLength(1);
  expect((await api('GET', '/products')).body).toEqual({ data: [], next_cursor: null });
});

test('lists are walked through by cursor', async () => {
  const team = await createTeam({ Ada: 'admin' });
  const api = apiOf((await makeKey(team.people.Ada, team.id)).key);
  for (let number = 0; number < 5; number++)
    await team.addCustomer(team.people.Ada, { name: `Pier ${number}` });
  const names: (string | undefined)[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await api('GET', `/customers?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
    expect(page.status).toBe(200);
    names.push(...(page.body.data ?? []).map(({ name }) => name));
    cursor = page.body.next_cursor;
  } while (cursor);
  expect(names.toSorted()).toEqual([0, 1, 2, 3, 4].map((number) => `Pier ${number}`));
});

test('whatever is wrong is answered in one shape, with the field, and never with a failure of ours', async () => {
  const team = await createTeam({ Ada: 'admin' });
  const { key } = await makeKey(team.people.Ada, team.id);
  const narrow = apiOf((await makeKey(team.people.Ada, team.id, ['customers:read'])).key);
  const api = apiOf(key);
  const nobody = '00000000-0000-4000-8000-000000000000';
  const position = { name: '\0', id: '0b0e5a2e-0f0a-4b3c-8f22-3f6f3a1d9a11' };
  const withNul = Buffer.from(JSON.stringify(position)).toString('base64url');
  const cases: [Promise<Answer>, number, string, string[]?][] = [
    [apiOf('')('GET', '/me'), 401, 'api_key_missing'],
    [apiOf(`${key.slice(0, -1)}x`)('GET', '/me'), 401, 'api_key_missing'],
    [narrow('POST', '/customers', { name: 'X' }), 403, 'permission_missing'],
    [api('GET', `/customers/${nobody}`), 404, 'customer_not_found'],
    [api('GET', '/nothing'), 404, 'endpoint_not_found'],
    [api('DELETE', '/customers'), 405, 'method_not_allowed'],
    [api('POST', '/customers', '{'), 400, 'bad_json'],
    [api('POST', '/customers', {}), 422, 'invalid_value', ['name']],
    [api('POST', '/customers', { name: 'X', unknown: 1 }), 422, 'invalid_value', ['unknown']],
    [api('POST', '/customers', { name: 'X', product_id: nobody }), 422, 'reference_missing', ['product_id']],
    [
      api('POST', '/customers', { name: 'X', status: 'closed_lost' }),
      422,
      'invalid_value',
      ['closed_lost_reason'],
    ],
    [api('POST', '/customers', { name: 'X', phone: '☎' }), 422, 'invalid_value', ['phone']],
    [api('POST', '/customers', { name: 'x\u0000' }), 422, 'invalid_value'],
    [
      api('POST', '/customers', { name: 'x', custom_fields: { a: 'x'.repeat(20_000) } }),
      422,
      'invalid_value',
      ['custom_fields'],
    ],
    [api('POST', '/customers', { name: 'x'.repeat(70_000) }), 413, 'body_too_large'],
    [api('GET', '/customers?cursor=abc'), 422, 'invalid_value', ['cursor']],
    [api('GET', `/products?cursor=${withNul}`), 422, 'invalid_value', ['cursor']],
    [api('GET', '/customers?limit=1000&colour=red'), 422, 'invalid_value', ['colour', 'limit']],
    [api('GET', '/customers?updated_since=yesterday'), 422, 'invalid_value', ['updated_since']],
  ];
  for (const [asked, status, code, fields] of cases) {
    const { status: given, body, headers } = await asked;
    expect({ status: given, code: body.error?.code }, JSON.stringify(body)).toEqual({ status, code });
    if (fields) expect(Object.keys(body.error?.fields ?? {}).toSorted()).toEqual(fields);
    expect(body.error?.request_id).toBe(headers.get('x-request-id'));
    expect(body.error?.message).not.toMatch(/private\.|constraint|relation/);
  }
  expect((await narrow('POST', '/customers', { name: 'X' })).body.error?.message).toContain(
    'customers:create',
  );
});

test('a key that asks too often is told how long to wait', async () => {
  const team = await createTeam({ Ada: 'admin' });
  const api = apiOf((await makeKey(team.people.Ada, team.id)).key);
  const answers: Answer[] = [];
  for (let round = 0; round < 20 && !answers.some(({ status }) => status === 429); round++) {
    answers.push(...(await Promise.all(Array.from({ length: 16 }, () => api('GET', '/me')))));
  }
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body.error?.code).toBe('too_many_requests');
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('the API describes itself', async () => {
  const answer = await fetch(`${product().app}/api/v1/openapi.json`);
  expect(answer.status).toBe(200);
  const description: { openapi: string; paths: Record<string, unknown> } = await answer.json();
  expect(description.openapi).toMatch(/^3\.1/);
  expect(Object.keys(description.paths)).toContain('/customers/{id}/interactions');
});
