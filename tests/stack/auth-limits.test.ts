import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../stack/shared/paths.ts';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { administrator } from './support/clients.ts';

/** Small enough to be reached, different enough to tell which one was. */
const limits = `[auth.rate_limit]
email_sent = 6
sms_sent = 2
anonymous_users = 3
token_refresh = 7
sign_in_sign_ups = 5
token_verifications = 4
`;

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-limits-'));
  await cp(join(projectRoot, 'supabase'), join(folder, 'supabase'), { recursive: true });
  const file = join(folder, 'supabase', 'config.toml');
  const config = await readFile(file, 'utf8');
  const limited = config.replace(/^\[auth\.rate_limit\]\n(?:(?!\[).*\n)*/m, `${limits}\n`);
  await writeFile(file, limited.replace('enroll_enabled = true', 'enroll_enabled = false'));
  stack = await startTestStack({ projectDir: folder });
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

let lastAddress = 0;
const somewhere = (): string => `203.0.113.${++lastAddress}`;
const nobody = (): string => `${randomUUID()}@stack.example`;
const password = 'correct horse battery';

/** The official client of a server that signs people in, on behalf of a client at an address. */
function at(address: string, key = stack.secretKey): SupabaseClient {
  return createClient(stack.url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers: { 'sb-forwarded-for': address, 'user-agent': 'Tester/1.0' } },
  });
}

async function account(): Promise<{ id: string; email: string }> {
  const email = nobody();
  const { data, error } = await administrator(stack).auth.admin.createUser({
    email,
    password,
    email_confirm: true,
  });
  if (error) throw error;
  return { id: data.user.id, email };
}

/** Calls until it is refused with 429, and says after how many answers that was. */
async function exhaust(call: () => PromiseLike<{ error: { status?: number; code?: string } | null }>) {
  for (let answered = 0; answered < 20; answered++) {
    const { error } = await call();
    if (error?.status === 429) return { answered, code: error.code };
  }
  throw new Error('Never refused.');
}

describe('calls of /auth/v1 are limited as config.toml says', () => {
  const tooMany = 'over_request_rate_limit';

  test('wrong passwords, for an address, whoever is tried and whether or not they exist', async () => {
    const { email } = await account();
    const [one, two] = [at(somewhere()), at(somewhere())];
    expect(await exhaust(() => one.auth.signInWithPassword({ email, password: 'wrong password' }))).toEqual({
      answered: 5,
      code: tooMany,
    });
    expect(await exhaust(() => two.auth.signInWithPassword({ email: nobody(), password }))).toEqual({
      answered: 5,
      code: tooMany,
    });
    // The right password waits as well, or the limit would tell which try was right.
    expect((await one.auth.signInWithPassword({ email, password })).error?.status).toBe(429);
  });

  test('but passwords that are right are not counted', async () => {
    const { email } = await account();
    const client = at(somewhere());
    for (let count = 0; count < 8; count++) {
      expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull();
    }
  });

  test('renewals of a session', async () => {
    const { email } = await account();
    const client = at(somewhere());
    await client.auth.signInWithPassword({ email, password });
    expect(await exhaust(() => client.auth.refreshSession())).toEqual({ answered: 7, code: tooMany });
  });

  test('tries of a mailed code', async () => {
    const client = at(somewhere());
    const email = nobody();
    expect(await exhaust(() => client.auth.verifyOtp({ email, token: '123456', type: 'email' }))).toEqual({
      answered: 4,
      code: tooMany,
    });
  });

  test('accounts without a name', async () => {
    const client = at(somewhere());
    expect(await exhaust(() => client.auth.signInAnonymously())).toEqual({ answered: 3, code: tooMany });
  });

  test('messages, for the whole project, the same for those who have an account and those who have none', async () => {
    const { email } = await account();
    let count = 0;
    const ask = () => at(somewhere()).auth.resetPasswordForEmail(count++ % 2 === 0 ? email : nobody(), {});
    const refusal = await exhaust(ask);
    expect(refusal.code).toBe('over_email_send_rate_limit');
    expect(refusal.answered).toBeLessThanOrEqual(6);
    const others = [
      await at(somewhere()).auth.signUp({ email: nobody(), password }),
      await at(somewhere()).auth.signInWithOtp({ email: nobody() }),
      await at(somewhere()).auth.resend({ type: 'signup', email: nobody() }),
    ];
    expect(others.map(({ error }) => error?.code)).toEqual(Array(3).fill('over_email_send_rate_limit'));
  });

  test('with the body, the header and the time to wait of a hosted project', async () => {
    const address = somewhere();
    const call = (): Promise<Response> =>
      fetch(`${stack.url}/auth/v1/token?grant_type=password`, {
        method: 'POST',
        headers: { apikey: stack.secretKey, 'sb-forwarded-for': address, 'content-type': 'application/json' },
        body: JSON.stringify({ email: nobody(), password }),
      });
    for (let count = 0; count < 5; count++) expect((await call()).status).toBe(400);
    const refused = await call();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({
      code: 429,
      error_code: 'over_request_rate_limit',
      msg: 'Request rate limit reached',
    });
    expect(refused.headers.get('x-sb-error-code')).toBe('over_request_rate_limit');
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
  });
});

test('nobody gets more tries by naming another address', async () => {
  const pretend = (): SupabaseClient =>
    createClient(stack.url, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
      global: {
        headers: {
          'sb-forwarded-for': somewhere(),
          'x-forwarded-for': somewhere(),
          'x-real-ip': somewhere(),
          forwarded: `for=${somewhere()}`,
          'x-tandem-address': somewhere(),
        },
      },
    });
  const { answered } = await exhaust(() => pretend().auth.signInWithPassword({ email: nobody(), password }));
  expect(answered).toBe(5);
});

test('where config.toml switches second factors off, none can be set up', async () => {
  const { email } = await account();
  const client = at(somewhere());
  await client.auth.signInWithPassword({ email, password });
  expect((await client.auth.mfa.enroll({ factorType: 'totp' })).error).toMatchObject({
    status: 422,
    code: 'mfa_totp_enroll_not_enabled',
  });
});

test('a session remembers the browser and the address it was begun from', async () => {
  const { id, email } = await account();
  const address = somewhere();
  const client = at(address);
  expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull();
  const database = new pg.Client({ connectionString: stack.adminUrl });
  await database.connect();
  const { rows } = await database.query(
    'select user_agent, host(ip) as ip from auth.sessions where user_id = $1',
    [id],
  );
  await database.end();
  expect(rows).toEqual([{ user_agent: 'Tester/1.0', ip: address }]);
});
