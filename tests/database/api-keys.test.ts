import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase, type Requester } from './support/database.ts';
import {
  addCustomer,
  colleague,
  found,
  join,
  signUp,
  type Organization,
  type Person,
} from './support/fixtures.ts';

const database = useDatabase();
const server = (): Requester => database().as({ role: 'service_role' });

interface Made {
  id: string;
  key: string;
  prefix: string;
  expires_at: string;
}
interface Refusal {
  code: string;
  message: string;
  details: unknown;
  hint: string;
  field: string | null;
}
interface Answer {
  result?: Record<string, unknown> & { data?: Record<string, unknown>[]; next?: unknown };
  failed?: Refusal;
  refused?: Refusal;
  remaining?: number;
}

const salesScopes = [
  'customers:read',
  'customers:create',
  'customers:update',
  'interactions:read',
  'interactions:create',
  'products:read',
];

let admin: Person;
let rep: Person;
let stranger: Person;
let here: Organization;
let there: Organization;
beforeAll(async () => {
  admin = await signUp(database(), 'Ada');
  here = await found(database(), admin, 'Here');
  rep = await colleague(database(), here, 'Rita', 'medical_rep');
  stranger = await signUp(database(), 'Stan');
  there = await found(database(), stranger, 'There');
  // Ada is in both, so that a key of one could reach the other.
  await join(database(), there, admin, ['admin']);
});

async function make(
  person: Person,
  scopes = salesScopes,
  org = here,
  expires: string | null = null,
): Promise<Made> {
  const { made } = await database()
    .user(person)
    .row<{ made: Made }>('select create_api_key($1, $2, $3, $4) as made', [
      org.id,
      'Test key',
      scopes,
      expires,
    ]);
  return made;
}

async function call(
  key: string,
  operation: string,
  args: object = {},
  address = '192.0.2.7',
): Promise<Answer> {
  const digest = createHash('sha256').update(key).digest('hex');
  const { answer } = await server().row<{ answer: Answer }>(
    'select api_request($1, $2, $3, $4, $5) as answer',
    [key.slice(4, 12), digest, operation, JSON.stringify(args), address],
  );
  return answer;
}

/** A key of a member who could not make one: keys are made by admins, and their roles may change afterwards. */
async function keyOf(person: Person, scopes = salesScopes): Promise<Made> {
  const made = await make(admin, scopes);
  await database().owner.rows('update api_keys set user_id = $1 where id = $2', [person.id, made.id]);
  return made;
}

describe('an API key', () => {
  it('is told once: what is kept can be recognised, not used', async () => {
    const made = await make(admin);
    expect(made.key).toMatch(/^tdm_[0-9A-Za-z]{40}[0-9a-f]{6}$/);
    const body = made.key.slice(4, 44);
    expect(made.key.slice(44)).toBe(createHash('sha256').update(body).digest('hex').slice(0, 6));
    expect(made.prefix).toBe(body.slice(0, 8));
    const { kept } = await database().owner.row<{ kept: string }>(
      `select (select to_jsonb(key) from api_keys as key where id = $1)::text
         || coalesce((select jsonb_agg(log) from audit_log as log where record_id = $1)::text, '')
         || coalesce((select jsonb_agg(payload) from realtime.messages)::text, '') as kept`,
      [made.id],
    );
    expect(kept).not.toContain(body.slice(8, 20));
    for (const who of [server(), database().user(admin)]) {
      expect((await who.refusal('select hash from private.api_key_secrets')).code).toBe('42501');
    }
  });

  it('is different every time', async () => {
    const { keys } = await database().owner.row<{ keys: number }>(
      'select count(distinct private.random_text(40))::int as keys from generate_series(1, 500)',
    );
    expect(keys).toBe(500);
    const { shortest } = await database().owner.row<{ shortest: number }>(
      'select min(length(private.random_text(40))) as shortest from generate_series(1, 500)',
    );
    expect(shortest).toBe(40);
  });

  it('is made by who may, with scopes they hold, and ends within a year', async () => {
    const by = (person: Person, scopes: (string | null)[], expires: string | null = null) =>
      database()
        .user(person)
        .refusal('select create_api_key($1, $2, $3, $4)', [here.id, 'Key', scopes, expires]);
    expect(await by(rep, ['customers:read'])).toMatchObject({
      code: 'PT403',
      message: 'api_keys_create_denied',
    });
    expect(await by(stranger, ['customers:read'])).toMatchObject({ code: 'PT404' });
    expect(await by(admin, ['customers:fly'])).toMatchObject({ code: 'PT422', detail: { field: 'scopes' } });
    expect(await by(admin, [])).toMatchObject({ code: 'PT422', detail: { field: 'scopes' } });
    expect(await by(admin, [null])).toMatchObject({ code: 'PT422', detail: { field: 'scopes' } });
    for (const expires of ['2020-01-01', 'infinity', '2199-01-01']) {
      expect(await by(admin, ['customers:read'], expires)).toMatchObject({
        code: 'PT422',
        detail: { field: 'expires_at' },
      });
    }
    const days = (Date.parse((await make(admin)).expires_at) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });

  it('cannot be given more than its maker holds', async () => {
    const clerk = await colleague(database(), here, 'Clerk', 'viewer');
    await database().owner.rows(
      `with role as (insert into roles (org_id, key, name) values ($1, 'key_maker', 'Key maker') returning id),
            may as (insert into role_permissions (org_id, role_id, permission) select $1, id, 'api_keys:create' from role)
       insert into member_roles (org_id, user_id, role_id) select $1, $2, id from role`,
      [here.id, clerk.id],
    );
    expect(
      await database()
        .user(clerk)
        .refusal('select create_api_key($1, $2, $3)', [
          here.id,
          'Key',
          ['customers:read', 'customers:update'],
        ]),
    ).toMatchObject({
      code: 'PT403',
      message: 'scopes_exceed_yours',
      detail: { permissions: ['customers:update'] },
    });
  });

  it('is listed with its last use for who may see keys, and revoked by who may', async () => {
    const made = await make(admin);
    await call(made.key, 'me');
    const listed = await database()
      .user(admin)
      .rows<{ id: string; last_address: string }>('select id, last_address from list_api_keys($1)', [
        here.id,
      ]);
    expect(listed.find(({ id }) => id === made.id)).toEqual({ id: made.id, last_address: '192.0.2.7' });
    expect(await database().user(rep).rows('select id from list_api_keys($1)', [here.id])).toEqual([]);
    expect(await database().user(rep).refusal('select revoke_api_key($1)', [made.id])).toMatchObject({
      code: 'PT404',
    });
    await database().user(admin).rows('select revoke_api_key($1)', [made.id]);
    await database().user(admin).rows('select revoke_api_key($1)', [made.id]);
    expect((await call(made.key, 'me')).refused).toMatchObject({ code: 'PT401', message: 'api_key_revoked' });
  });
});

describe('a request with a key', () => {
  it('acts for the member, within the scopes they still hold', async () => {
    const made = await make(admin, ['customers:read', 'products:read']);
    expect((await call(made.key, 'me')).result).toMatchObject({
      organization: { id: here.id },
      acts_for: { id: admin.id },
      permissions: ['customers:read', 'products:read'],
      key: { id: made.id, prefix: made.prefix },
    });
  });

  it.each([
    ['a wrong secret', (key: string) => `${key.slice(0, -8)}00000000`],
    ['an unknown prefix', (key: string) => `tdm_ZZZZZZZZ${key.slice(12)}`],
    ['the prefix alone', (key: string) => key.slice(0, 12)],
  ])('with %s is refused', async (_, forge) => {
    const made = await make(admin);
    expect((await call(forge(made.key), 'me')).refused).toMatchObject({
      code: 'PT401',
      message: 'api_key_invalid',
    });
  });

  it('is refused once the key has expired or its member is deactivated, and that is recorded once', async () => {
    const [expired, resting] = [await make(admin), await keyOf(rep)];
    await database().owner.rows(
      `update api_keys set expires_at = now() - interval '1 second' where id = $1`,
      [expired.id],
    );
    const active = 'update memberships set is_active = $3 where org_id = $1 and user_id = $2';
    await database().owner.rows(active, [here.id, rep.id, false]);
    for (let times = 0; times < 3; times++) {
      expect((await call(expired.key, 'me')).refused).toMatchObject({ message: 'api_key_expired' });
      expect((await call(resting.key, 'me')).refused).toMatchObject({ message: 'api_key_inactive' });
    }
    await database().owner.rows(active, [here.id, rep.id, true]);
    expect((await call(resting.key, 'me')).result).toBeDefined();
    const events = await database().owner.rows<{ kind: string }>(
      `select action as kind from audit_log where org_id = $1 and table_name = 'security' order by 1`,
      [here.id],
    );
    expect(events.filter(({ kind }) => kind === 'api_key_expired' || kind === 'api_key_inactive')).toEqual([
      { kind: 'api_key_expired' },
      { kind: 'api_key_inactive' },
    ]);
  });

  it('loses what its member loses, at the next request', async () => {
    const seller = await colleague(database(), here, 'Sue', 'sales');
    const made = await keyOf(seller);
    expect((await call(made.key, 'customers.list')).result).toBeDefined();
    await database().owner.rows('delete from member_roles where org_id = $1 and user_id = $2', [
      here.id,
      seller.id,
    ]);
    expect((await call(made.key, 'customers.list')).failed).toMatchObject({
      code: 'PT403',
      message: 'permission_missing',
      details: '{"permission": "customers:read"}',
    });
  });

  it('names the scope it lacks, though its member holds the permission', async () => {
    const made = await make(admin, ['customers:read']);
    expect((await call(made.key, 'customers.create', { fields: { name: 'X' } })).failed).toMatchObject({
      code: 'PT403',
      details: '{"permission": "customers:create"}',
    });
    expect((await call(made.key, 'products.list')).failed).toMatchObject({ code: 'PT403' });
  });

  it('stays in the organisation of the key, though its member belongs to another as well', async () => {
    const foreign = await addCustomer(database().user(stranger), there, { name: 'Foreign' });
    const made = await make(admin);
    const { result } = await call(made.key, 'customers.list', { limit: 100 });
    expect(result?.data?.map(({ id }) => id)).not.toContain(foreign);
    expect((await call(made.key, 'customers.get', { id: foreign })).failed).toMatchObject({ code: 'PT404' });
    expect(
      (await call(made.key, 'customers.update', { id: foreign, changes: { name: 'Mine' }, version: 1 }))
        .failed,
    ).toMatchObject({ code: 'PT404' });
  });

  it('sees what its member sees: a representative reads their own customers', async () => {
    const [own, other] = [
      await addCustomer(database().user(admin), here, { name: 'Own', owner_id: rep.id }),
      await addCustomer(database().user(admin), here, { name: 'Other' }),
    ];
    const made = await keyOf(rep);
    const { result } = await call(made.key, 'customers.list', { limit: 100 });
    const ids = result?.data?.map(({ id }) => id);
    expect(ids).toContain(own);
    expect(ids).not.toContain(other);
    expect((await call(made.key, 'customers.get', { id: other })).failed).toMatchObject({ code: 'PT404' });
    expect((await call(made.key, 'interactions.list', { customer_id: other })).failed).toMatchObject({
      code: 'PT404',
    });
  });

  it('is counted: 120 at once, then told how long to wait, also when it fails', async () => {
    const made = await make(admin);
    const missing = { id: '00000000-0000-4000-8000-000000000000' };
    const started = performance.now();
    let answered = 0;
    let last = await call(made.key, 'customers.get', missing);
    for (; !last.refused; last = await call(made.key, 'customers.get', missing)) answered++;
    const elapsedSeconds = (performance.now() - started) / 1000;
    expect(answered).toBeGreaterThanOrEqual(120);
    // Four more may be asked for each second that has passed.
    expect(answered).toBeLessThanOrEqual(Math.ceil(120 + 4 * elapsedSeconds));
    expect(last.refused).toMatchObject({
      code: 'PT429',
      message: 'too_many_requests',
      details: { retry_after: 1 },
    });
  });

  it('is for the app server alone', async () => {
    const made = await make(admin);
    const digest = createHash('sha256').update(made.key).digest('hex');
    for (const who of [database().user(admin), database().as({ role: 'anon' })]) {
      expect((await who.refusal(`select api_request($1, $2, 'me')`, [made.prefix, digest])).code).toBe(
        '42501',
      );
    }
  });

  it('leaves its trace in the trail as the key, for the member', async () => {
    const made = await make(admin);
    const { result } = await call(made.key, 'customers.create', { fields: { name: 'Traced' } });
    expect(
      await database().owner.rows(
        `select actor_kind, actor_id, api_key_id from audit_log where table_name = 'customers' and record_id = $1`,
        [result?.id],
      ),
    ).toEqual([{ actor_kind: 'api_key', actor_id: admin.id, api_key_id: made.id }]);
  });
});

describe('customers over the API', () => {
  let key: string;
  beforeAll(async () => {
    key = (await make(admin)).key;
  });
  const create = async (fields: object) => {
    const { result, failed } = await call(key, 'customers.create', { fields });
    expect(failed).toBeUndefined();
    return result;
  };

  it('are added, with a chosen id only once, and without a way around the rules', async () => {
    const id = '0b7c1d3e-1111-4000-8000-000000000001';
    expect(await create({ id, name: 'Chosen', tags: ['a'] })).toMatchObject({
      id,
      name: 'Chosen',
      tags: ['a'],
      version: 1,
    });
    expect((await call(key, 'customers.create', { fields: { id, name: 'Again' } })).failed).toMatchObject({
      code: '23505',
    });
    for (const [fields, field] of [
      [{ name: 'X', email: 'no' }, 'email'],
      [{ name: 'X', status: 'closed_lost' }, 'status'],
      [{ name: 'X', product_id: id }, 'product_id'],
    ] as const) {
      expect((await call(key, 'customers.create', { fields })).failed?.field, JSON.stringify(fields)).toBe(
        field,
      );
    }
    expect(
      (await call(key, 'customers.create', { fields: { name: 'X', board_rank: 'a', version: 9 } })).failed
        ?.code,
    ).toBe('PT403');
  });

  it('are changed when nobody else did meanwhile, wholly or not at all', async () => {
    const made = await create({ name: 'Before', phone: '+20 2 123' });
    const id = made?.id;
    const update = (rest: object) => call(key, 'customers.update', { id, ...rest });
    expect((await update({ changes: { name: 'After' }, seen: { name: 'Before' } })).result).toMatchObject({
      name: 'After',
      version: 2,
    });
    const refused = await update({
      changes: { name: 'Later', phone: '+20 2 999' },
      seen: { name: 'Before', phone: '+20 2 123' },
    });
    expect(refused.failed).toMatchObject({ code: 'PT409', message: 'changed_meanwhile' });
    expect(JSON.parse(String(refused.failed?.details))).toMatchObject({
      fields: ['name'],
      yours: { name: 'Later' },
      theirs: { name: 'After', phone: '+20 2 123', version: 2 },
    });
    expect((await update({ changes: { phone: '+20 2 999' }, version: 1 })).failed).toMatchObject({
      code: 'PT409',
    });
    expect((await update({ changes: { phone: '+20 2 999' }, version: 2 })).result).toMatchObject({
      version: 3,
    });
    expect((await update({ changes: { status: 'closed_lost' }, version: 3 })).failed).toMatchObject({
      code: 'PT422',
      message: 'lost_reason_required',
    });
    expect(
      (
        await update({
          changes: { status: 'closed_lost', closed_lost_reason: 'Price', name: 'Gone' },
          version: 3,
        })
      ).result,
    ).toMatchObject({ status: 'closed_lost', closed_lost_reason: 'Price', name: 'Gone' });
  });

  it('are walked through page by page, each once, while others are added', async () => {
    for (let count = 0; count < 12; count++) await create({ name: `Page ${count}` });
    const seen: unknown[] = [];
    let after: unknown;
    do {
      const { result } = await call(key, 'customers.list', {
        limit: 5,
        ...(after !== undefined && { after }),
      });
      seen.push(...(result?.data ?? []).map(({ id }) => id));
      after = result?.next ?? undefined;
      if (seen.length === 5) await create({ name: 'Added meanwhile' });
    } while (after !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(12);
  });

  it('that changed since a moment come in the order they were changed', async () => {
    const [first, second] = [await create({ name: 'First' }), await create({ name: 'Second' })];
    const { at } = await database().owner.row<{ at: string }>('select clock_timestamp()::text as at');
    await call(key, 'customers.update', { id: second?.id, changes: { phase: 'x' }, version: 1 });
    await call(key, 'customers.update', { id: first?.id, changes: { phase: 'x' }, version: 1 });
    const names: unknown[] = [];
    let after: unknown;
    do {
      const { result } = await call(key, 'customers.list', {
        updated_since: at,
        limit: 1,
        ...(after !== undefined && { after }),
      });
      names.push(...(result?.data ?? []).map(({ name }) => name));
      after = result?.next ?? undefined;
    } while (after !== undefined);
    expect(names).toEqual(['Second', 'First']);
  });

  it('are found by status and owner', async () => {
    const made = await create({ name: 'Filtered', status: 'proposal', owner_id: admin.id });
    const { result } = await call(key, 'customers.list', {
      status: ['proposal', 'negotiation'],
      owner_id: admin.id,
    });
    expect(result?.data?.map(({ id }) => id)).toEqual([made?.id]);
  });

  it('have their interactions, logged as the member and walked through backwards', async () => {
    const customer = await create({ name: 'Talked to' });
    for (let day = 1; day <= 3; day++) {
      const { result } = await call(key, 'interactions.create', {
        customer_id: customer?.id,
        fields: { type: 'call', note: `Day ${day}`, occurred_at: `2026-01-0${day}T10:00:00Z` },
      });
      expect(result).toMatchObject({ user_id: admin.id, note: `Day ${day}` });
    }
    const list = async (after?: unknown) =>
      (
        await call(key, 'interactions.list', {
          customer_id: customer?.id,
          limit: 2,
          ...(after !== undefined && { after }),
        })
      ).result;
    const page = await list();
    expect(page?.data?.map(({ note }) => note)).toEqual(['Day 3', 'Day 2']);
    expect((await list(page?.next))?.data?.map(({ note }) => note)).toEqual(['Day 1']);
  });
});

it('products come by name', async () => {
  for (const name of ['Beta', 'Alpha', 'Gamma']) {
    await database().user(admin).rows('insert into products (org_id, name) values ($1, $2)', [here.id, name]);
  }
  const { key } = await make(admin);
  const page = (await call(key, 'products.list', { limit: 2 })).result;
  expect(page?.data?.map(({ name }) => name)).toEqual(['Alpha', 'Beta']);
  const rest = (await call(key, 'products.list', { limit: 2, after: page?.next })).result;
  expect(rest?.data?.map(({ name }) => name)).toEqual(['Gamma']);
});
