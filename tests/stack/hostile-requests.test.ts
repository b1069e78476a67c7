import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../stack/testing.ts';

/*
 * A hostile client with a valid token against the REST API of the product itself, demo included: nothing it sends may
 * end in a 500, and nothing of the other organisation may come back.
 */

interface Answer {
  status: number;
  body: string;
}

let stack: TestStack;
let token: string;
let ours: string;
let theirs: string;
let theirCustomer: string;

const password = 'correct horse battery';
const nobody = '00000000-0000-0000-0000-000000000000';
const junk: unknown[] = [
  ...[
    '',
    'null',
    'x',
    '-1',
    '1e999',
    'NaN',
    'infinity',
    '{}',
    '[]',
    '(1,2)',
    '"',
    "'",
    '\\',
    '%',
    'a'.repeat(5000),
  ],
  ...['🤖', '2026-13-45', nobody, "'); drop table customers; --"],
  ...[{ a: '\u0000' }, { constructor: 'x' }, [['x']], 12345678901234567890, -0, true, null],
];

async function send(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${stack.url}${path}`, {
    ...init,
    headers: {
      apikey: stack.publishableKey,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...Object.fromEntries(new Headers(init.headers)),
    },
  });
  return { status: response.status, body: await response.text() };
}

const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  send(path, { method: 'POST', body: JSON.stringify(body), ...(headers && { headers }) });
const call = (name: string, parameters: unknown) => post(`/rest/v1/rpc/${name}`, parameters);

/** The answers that blame the server, with what was asked. */
async function faults(requests: [string, () => Promise<Answer>][]): Promise<string[]> {
  const found: string[] = [];
  const waiting = [...requests];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, request] = next;
      const { status, body } = await request();
      if (status >= 500) found.push(`${name.slice(0, 120)} → ${status} ${body.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return found;
}

beforeAll(async () => {
  stack = await startTestStack({ seed: true });
  const client = new pg.Client({ connectionString: stack.adminUrl });
  await client.connect();
  await client.query(
    `update auth.users set encrypted_password = extensions.crypt($1, extensions.gen_salt('bf', 4)) where email like 'clara@%'`,
    [password],
  );
  const ids = await client.query<{ ours: string; theirs: string; customer: string }>(
    `select ours.id as ours, theirs.id as theirs, (select id from customers where org_id = theirs.id limit 1) as customer
     from organizations as ours, organizations as theirs where ours.slug = 'nile-rhine' and theirs.slug = 'baltic-timber'`,
  );
  await client.end();
  ours = ids.rows[0]?.ours ?? '';
  theirs = ids.rows[0]?.theirs ?? '';
  theirCustomer = ids.rows[0]?.customer ?? '';
  const signedIn = await fetch(`${stack.url}/auth/v1/token?grant_type=password`, {
    method: 'POST',
    headers: { apikey: stack.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'clara@tandem.example', password }),
  });
  const session: unknown = await signedIn.json();
  if (!session || typeof session !== 'object' || !('access_token' in session)) throw new Error('No session');
  token = String(session.access_token);
});
afterAll(() => stack.stop());

describe('the other organisation over REST', () => {
  it('sends nothing back, however it is asked', async () => {
    const lists = [
      `/rest/v1/customers?org_id=eq.${theirs}`,
      `/rest/v1/customers?id=eq.${theirCustomer}`,
      `/rest/v1/customers?or=(org_id.eq.${theirs},name.ilike.*sawmill*)&org_id=neq.${ours}`,
      `/rest/v1/interactions?org_id=neq.${ours}`,
      `/rest/v1/memberships?org_id=neq.${ours}`,
      `/rest/v1/profiles?email=like.*baltic*`,
      `/rest/v1/organizations?id=neq.${ours}&select=*,customers(*),memberships(*)`,
      `/rest/v1/products?select=name,customers!inner(name)&customers.org_id=eq.${theirs}`,
    ];
    for (const path of lists) expect([path, await send(path)]).toEqual([path, { status: 200, body: '[]' }]);
    for (const [name, parameters] of [
      ['search_customers', { org_id: theirs, query: 'Sawmill' }],
      ['board_cards', { org_id: theirs, status: 'lead' }],
      ['board_summary', { org_id: theirs }],
    ] as const) {
      expect([name, await call(name, parameters)]).toEqual([name, { status: 200, body: '[]' }]);
    }
    expect((await call('move_customer', { customer_id: theirCustomer, to_status: 'lead' })).status).toBe(404);
  });

  it('takes nothing in, not by upsert either', async () => {
    const upsert = { prefer: 'resolution=merge-duplicates,return=representation' };
    const card = { id: theirCustomer, org_id: theirs, name: 'Taken' };
    expect((await post('/rest/v1/customers', card)).status).toBe(403);
    expect((await post('/rest/v1/customers?on_conflict=id', card, upsert)).status).toBe(403);
    expect((await post('/rest/v1/customers', { ...card, org_id: ours }, upsert)).status).toBe(403);
    const product = await post('/rest/v1/products', { org_id: theirs, name: 'x', is_active: true });
    expect(product.status).toBe(403);
    expect(product.body).not.toMatch(/Plywood|limit/);
  });

  it('has no other schema and no function of the database behind it', async () => {
    for (const schema of ['private', 'auth', 'realtime', 'storage', 'cron', 'vault', 'pg_catalog']) {
      const answer = await send('/rest/v1/users', { headers: { 'accept-profile': schema } });
      expect([schema, answer.status]).toEqual([schema, 406]);
    }
    for (const name of ['set_config', 'pg_sleep', 'pg_read_file', 'granted_orgs', 'send']) {
      expect([name, (await call(name, {})).status]).toEqual([name, 404]);
    }
  });
});

describe('requests that make no sense', () => {
  const columns = [
    'id',
    'name',
    'status',
    'expected_value',
    'tags',
    'custom_fields',
    'contract_start_date',
    'is_archived',
    'nothing',
  ];

  it('as filters are answered without a fault', { timeout: 120_000 }, async () => {
    const operators = ['eq', 'like', 'match', 'in', 'is', 'cs', 'fts', 'nothing'];
    const values = junk.filter((value) => typeof value === 'string');
    expect(
      await faults(
        columns.flatMap((column) =>
          operators.flatMap((operator) =>
            values.map((value): [string, () => Promise<Answer>] => {
              const path = `/rest/v1/customers?select=id&limit=1&${column}=${operator}.${encodeURIComponent(value)}`;
              return [path, () => send(path)];
            }),
          ),
        ),
      ),
    ).toEqual([]);
  });

  it('as parameters, paths and bodies are answered without a fault', async () => {
    const values = junk
      .filter((value) => typeof value === 'string')
      .map((value) => encodeURIComponent(value));
    const requests = values.flatMap((value): [string, () => Promise<Answer>][] => [
      ...['select', 'order', 'limit', 'offset', 'or', 'and', 'on_conflict', 'columns'].map(
        (name): [string, () => Promise<Answer>] => {
          const path = `/rest/v1/customers?limit=1&${name}=${value}`;
          return [path, () => send(path)];
        },
      ),
      [`table ${value}`, () => send(`/rest/v1/${value}`)],
      [`function ${value}`, () => call(value, {})],
      [
        `body ${value}`,
        () => send('/rest/v1/customers', { method: 'POST', body: decodeURIComponent(value) }),
      ],
    ]);
    expect(await faults(requests)).toEqual([]);
  });

  it('as values of columns are answered without a fault', { timeout: 120_000 }, async () => {
    const requests = columns.flatMap((column) =>
      junk.flatMap((value): [string, () => Promise<Answer>][] => [
        [
          `add ${column} ${String(value)}`,
          () => post('/rest/v1/customers', { org_id: theirs, name: 'x', [column]: value }),
        ],
        [
          `change ${column} ${String(value)}`,
          () =>
            send(`/rest/v1/customers?id=eq.${nobody}`, {
              method: 'PATCH',
              body: JSON.stringify({ [column]: value }),
            }),
        ],
        [
          `patch ${column} ${String(value)}`,
          () =>
            call('patch_customer', {
              customer_id: nobody,
              changes: { [column]: value },
              seen: { [column]: null },
            }),
        ],
      ]),
    );
    expect(await faults(requests)).toEqual([]);
  });

  it('as arguments of functions are answered without a fault', async () => {
    const requests = junk.flatMap((value): [string, () => Promise<Answer>][] =>
      [
        ['patch_customer', { customer_id: nobody, changes: value, seen: value }],
        ['move_customer', { customer_id: value, to_status: value, after_id: value }],
        ['board_cards', { org_id: nobody, status: 'lead', page_size: value }],
        ['board_cards', { org_id: nobody, status: 'lead', owner_ids: value, tags: value }],
        ['board_summary', { org_id: value, search: value }],
        ['search_customers', { org_id: nobody, query: value, max_results: value }],
        ['create_organization', { name: '', currency: value }],
        ['mark_notifications_read', { ids: value }],
        ['my_access', { org_id: value }],
        ['changes_since', { org_id: ours, cursor: value }],
        ['changes_since', { org_id: ours, topics: value }],
        ['changes_since', { org_id: value, topics: [value, `org:${theirs}`] }],
        ['set_product_active', { product_id: value, active: value }],
        ['delete_customer', { customer_id: value }],
      ].map(([name, parameters]) => [
        `${String(name)} ${String(value)}`,
        () => call(String(name), parameters),
      ]),
    );
    expect(await faults(requests)).toEqual([]);
  });

  it('nested without end are refused before anything parses them', async () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const body = `{"customer_id": "${nobody}", "changes": {"custom_fields": ${deep}}, "seen": {}}`;
    expect(await send('/rest/v1/rpc/patch_customer', { method: 'POST', body })).toMatchObject({
      status: 400,
    });
  });
});
