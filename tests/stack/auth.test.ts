import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { administrator, signedIn, visitor } from './support/clients.ts';
import { newestMail } from './support/mailbox.ts';

let stack: TestStack;
let database: pg.Client;
beforeAll(async () => {
  stack = await startTestStack();
  database = new pg.Client({ connectionString: stack.adminUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await stack.stop();
});

const address = (): string => `${randomUUID()}@stack.example`;
const password = 'correct horse battery';

function tokenHash(link: URL): string {
  return link.searchParams.get('token_hash') ?? '';
}

describe('signing up', () => {
  test('sends a link that confirms the address and signs in', async () => {
    const client = visitor(stack);
    const email = address();
    const data = { first_name: 'Ann', last_name: 'Ölund' };
    const signedUp = await client.auth.signUp({ email, password, options: { data } });
    expect(signedUp).toMatchObject({ error: null, data: { session: null } });
    expect((await client.auth.signInWithPassword({ email, password })).error?.code).toBe(
      'email_not_confirmed',
    );

    const mail = await newestMail(stack, email);
    expect(mail.link.pathname).toBe('/auth/confirm');
    const verified = await client.auth.verifyOtp({ type: 'email', token_hash: tokenHash(mail.link) });
    expect(verified.error).toBeNull();
    expect(verified.data.user).toMatchObject({ email, user_metadata: data });
    const again = await visitor(stack).auth.verifyOtp({ type: 'email', token_hash: tokenHash(mail.link) });
    expect(again.error?.code).toBe('otp_expired');
  });

  test('keeps what people tell about themselves as an object that triggers can read', async () => {
    const email = address();
    await visitor(stack).auth.signUp({ email, password, options: { data: { first_name: 'Bea' } } });
    const { rows } = await database.query(
      `select raw_user_meta_data ->> 'first_name' as name, raw_app_meta_data ->> 'provider' as provider
         from auth.users where email = $1`,
      [email],
    );
    expect(rows).toEqual([{ name: 'Bea', provider: 'email' }]);
  });

  test.each([
    ['a short password', { email: 'a@stack.example', password: 'short' }, 422, 'weak_password'],
    ['no address', { email: 'not an address', password }, 400, 'validation_failed'],
    ['an endless address', { email: `${'a'.repeat(300)}@stack.example`, password }, 400, 'validation_failed'],
    ['a NUL character', { email: 'b@stack.example', password: 'with\0nul inside' }, 422, 'validation_failed'],
  ])('with %s is refused', async (_, credentials, status, code) => {
    const { error } = await visitor(stack).auth.signUp(credentials);
    expect({ status: error?.status, code: error?.code }).toEqual({ status, code });
  });

  test('twice at the same moment makes one account and no internal error', async () => {
    const email = address();
    const results = await Promise.all([1, 2, 3].map(() => visitor(stack).auth.signUp({ email, password })));
    // One that comes a little later looks as if it were another account, but has no identities.
    expect(results.filter(({ data }) => data.user?.identities?.length)).toHaveLength(1);
    const { rows } = await database.query<{ count: number }>(
      'select count(*)::int as count from auth.users where email = $1',
      [email],
    );
    expect(rows).toEqual([{ count: 1 }]);
    expect(results.every(({ error }) => (error?.status ?? 200) < 500)).toBe(true);
  });
});

describe('a session', () => {
  test('begins with the password, is renewed, and ends', async () => {
    const { client, id, email } = await signedIn(stack);
    expect((await client.auth.getUser()).data.user).toMatchObject({ id, email });
    const renewed = await client.auth.refreshSession();
    expect(renewed.error).toBeNull();
    expect(renewed.data.session?.user.id).toBe(id);
    const old = renewed.data.session?.refresh_token ?? '';
    expect((await client.auth.signOut()).error).toBeNull();
    expect((await visitor(stack).auth.refreshSession({ refresh_token: old })).error).not.toBeNull();
  });

  test('does not begin with a wrong password or for nobody', async () => {
    const { email } = await signedIn(stack);
    const wrong = await visitor(stack).auth.signInWithPassword({ email, password: 'wrong password' });
    const nobody = await visitor(stack).auth.signInWithPassword({ email: address(), password });
    expect([wrong.error?.code, nobody.error?.code]).toEqual(['invalid_credentials', 'invalid_credentials']);
  });
});

test('a forgotten password is replaced through the link in the mail', async () => {
  const { email, password: old } = await signedIn(stack);
  const client = visitor(stack);
  expect((await client.auth.resetPasswordForEmail(email)).error).toBeNull();
  const { link } = await newestMail(stack, email);
  expect(link.searchParams.get('next')).toBe('/reset-password');
  const verified = await client.auth.verifyOtp({ type: 'recovery', token_hash: tokenHash(link) });
  expect(verified.error).toBeNull();
  expect((await client.auth.updateUser({ password: 'a brand new one' })).error).toBeNull();
  expect(
    (await visitor(stack).auth.signInWithPassword({ email, password: 'a brand new one' })).error,
  ).toBeNull();
  expect((await visitor(stack).auth.signInWithPassword({ email, password: old })).error).not.toBeNull();
});

test('asking to reset the password of nobody tells nothing', async () => {
  expect((await visitor(stack).auth.resetPasswordForEmail(address())).error).toBeNull();
});

describe('the admin API', () => {
  test('creates, reads, changes and deletes a user', async () => {
    const { admin } = administrator(stack).auth;
    const email = address();
    const created = await admin.createUser({
      email,
      password,
      email_confirm: true,
      user_metadata: { first_name: 'Cem' },
      app_metadata: { plan: 'team' },
    });
    expect(created.error).toBeNull();
    const id = created.data.user?.id ?? '';
    expect((await admin.getUserById(id)).data.user).toMatchObject({
      email,
      user_metadata: { first_name: 'Cem' },
      app_metadata: { provider: 'email', plan: 'team' },
      identities: [{ provider: 'email', identity_data: { email } }],
    });

    const moved = address();
    const changed = await admin.updateUserById(id, {
      email: moved,
      password: 'quite another',
      user_metadata: { last_name: 'Demir' },
      app_metadata: { plan: null },
    });
    expect(changed.data.user).toMatchObject({
      email: moved,
      user_metadata: { first_name: 'Cem', last_name: 'Demir' },
    });
    expect(changed.data.user?.app_metadata).not.toHaveProperty('plan');
    const signIn = await visitor(stack).auth.signInWithPassword({ email: moved, password: 'quite another' });
    expect(signIn.error).toBeNull();

    expect((await admin.deleteUser(id)).error).toBeNull();
    expect((await admin.getUserById(id)).error).toMatchObject({ status: 404, code: 'user_not_found' });
  });

  test('lists users by pages and counts them', async () => {
    const { admin } = administrator(stack).auth;
    await Promise.all([1, 2, 3].map(() => admin.createUser({ email: address() })));
    const first = await admin.listUsers({ page: 1, perPage: 2 });
    expect(first.error).toBeNull();
    expect(first.data.users).toHaveLength(2);
    expect(first.data).toMatchObject({ nextPage: 2 });
    const second = await admin.listUsers({ page: 2, perPage: 2 });
    const ids = [...first.data.users, ...second.data.users].map((user) => user.id);
    expect(new Set(ids).size).toBe(ids.length);
    const beyond = await admin.listUsers({ page: 9_999, perPage: 2 });
    expect(beyond.data.users).toEqual([]);
  });

  test('bans: nobody banned signs in or stays signed in', async () => {
    const { client, id, email, password: known } = await signedIn(stack);
    await administrator(stack).auth.admin.updateUserById(id, { ban_duration: '1h' });
    expect((await client.auth.refreshSession()).error).not.toBeNull();
    const attempt = await visitor(stack).auth.signInWithPassword({ email, password: known });
    expect(attempt.error?.code).toBe('user_banned');
    await visitor(stack).auth.resetPasswordForEmail(email);
    const { link } = await newestMail(stack, email);
    const linked = await visitor(stack).auth.verifyOtp({ type: 'recovery', token_hash: tokenHash(link) });
    expect(linked.error?.code).toBe('user_banned');
    await administrator(stack).auth.admin.updateUserById(id, { ban_duration: 'none' });
    expect((await visitor(stack).auth.signInWithPassword({ email, password: known })).error).toBeNull();
  });

  test('invites: the link leads to an account', async () => {
    const { admin } = administrator(stack).auth;
    const email = address();
    const invited = await admin.inviteUserByEmail(email, { data: { first_name: 'Dag' } });
    expect(invited.error).toBeNull();
    const mail = await newestMail(stack, email);
    expect(mail.link.searchParams.get('type')).toBe('invite');
    const client = visitor(stack);
    const accepted = await client.auth.verifyOtp({ type: 'invite', token_hash: tokenHash(mail.link) });
    expect(accepted.error).toBeNull();
    expect((await client.auth.updateUser({ password })).error).toBeNull();
    expect((await visitor(stack).auth.signInWithPassword({ email, password })).error).toBeNull();
    expect((await admin.inviteUserByEmail(email)).error?.code).toBe('email_exists');
  });

  test('makes links for servers that send their own mail', async () => {
    const { email } = await signedIn(stack);
    const { data, error } = await administrator(stack).auth.admin.generateLink({ type: 'magiclink', email });
    expect(error).toBeNull();
    const client = visitor(stack);
    const used = await client.auth.verifyOtp({
      type: 'email',
      token_hash: data.properties?.hashed_token ?? '',
    });
    expect(used.data.user?.email).toBe(email);
  });

  test('is closed to everybody without a secret key', async () => {
    const { client, id } = await signedIn(stack);
    for (const { auth } of [visitor(stack), client]) {
      const refusals = [
        await auth.admin.listUsers(),
        await auth.admin.getUserById(id),
        await auth.admin.createUser({ email: address() }),
        await auth.admin.updateUserById(id, { role: 'service_role' }),
        await auth.admin.deleteUser(id),
        await auth.admin.inviteUserByEmail(address()),
        await auth.admin.generateLink({ type: 'recovery', email: address() }),
      ];
      expect(refusals.map(({ error }) => error?.status)).toEqual(refusals.map(() => 403));
    }
  });

  test.each([
    ['an address that is none', { email: 'nope' }, 422, 'validation_failed'],
    ['neither address nor phone', {}, 400, 'validation_failed'],
    [
      'a password over 72 bytes',
      { email: 'c@stack.example', password: 'ö'.repeat(40) },
      422,
      'validation_failed',
    ],
    ['a role that is none', { email: 'd@stack.example', role: 'no; role' }, 422, 'validation_failed'],
    [
      'a ban of unknown length',
      { email: 'e@stack.example', ban_duration: 'forever' },
      422,
      'validation_failed',
    ],
  ])('refuses to create a user with %s', async (_, attributes, status, code) => {
    const { error } = await administrator(stack).auth.admin.createUser(attributes);
    expect({ status: error?.status, code: error?.code }).toEqual({ status, code });
  });

  test('tells when an address is taken', async () => {
    const { email } = await signedIn(stack);
    const { error } = await administrator(stack).auth.admin.createUser({ email });
    expect(error).toMatchObject({ status: 422, code: 'email_exists' });
  });
});

describe('the auth server', () => {
  test.each([
    ['no JSON', '/signup', '{bad', 400],
    ['an array', '/signup', '[]', 400],
    ['fields of another kind', '/token?grant_type=password', '{"email":{"a":1},"password":[]}', 400],
    ['an unknown grant', '/token?grant_type=magic', '{}', 400],
    ['an unknown kind of token', '/verify', '{"type":"nope","token_hash":"x"}', 400],
    ['a used-up token', '/verify', '{"type":"email","token_hash":"x"}', 403],
    ['a body over the limit', '/signup', JSON.stringify({ data: 'x'.repeat(2 ** 20) }), 413],
  ])('answers %s with a reason', async (_, path, body, status) => {
    const response = await fetch(`${stack.url}/auth/v1${path}`, {
      method: 'POST',
      headers: { apikey: stack.publishableKey, 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(status);
    expect(JSON.stringify(await response.json())).toMatch(/"(msg|message)":"[^"]+"/);
  });

  test('publishes its signing keys: none while it signs with a shared secret', async () => {
    const response = await fetch(`${stack.url}/auth/v1/.well-known/jwks.json`);
    expect(await response.json()).toEqual({ keys: [] });
  });
});

describe('whether an address has an account', () => {
  async function time(call: () => Promise<unknown>): Promise<number> {
    const began = performance.now();
    await call();
    return performance.now() - began;
  }

  const title = 'is told neither by the words nor by the time of a failed sign-in, confirmed or not';
  test(title, { timeout: 120_000 }, async () => {
    const { email } = await signedIn(stack);
    const unconfirmed = address();
    await visitor(stack).auth.signUp({ email: unconfirmed, password });
    const times: Record<string, number[]> = { known: [], unknown: [], unconfirmed: [] };
    const tries = { known: () => email, unknown: address, unconfirmed: () => unconfirmed };
    for (let round = 0; round < 7; round++) {
      for (const [kind, whom] of Object.entries(tries)) {
        times[kind]?.push(
          await time(async () => {
            const { error } = await visitor(stack).auth.signInWithPassword({
              email: whom(),
              password: 'wrong password',
            });
            expect({ status: error?.status, code: error?.code, words: error?.message }).toEqual({
              status: 400,
              code: 'invalid_credentials',
              words: 'Invalid login credentials',
            });
          }),
        );
      }
    }
    // The fastest of each kind: whatever else the machine does can only add to a time.
    const [known, unknown, waiting] = ['known', 'unknown', 'unconfirmed'].map((kind) =>
      Math.min(...(times[kind] ?? [])),
    );
    // Hashing takes most of the time; without it an answer would come several times faster.
    expect(unknown).toBeGreaterThan((known ?? 0) / 2);
    expect(unknown).toBeLessThan((known ?? 0) * 2);
    expect(waiting).toBeGreaterThan((known ?? 0) / 2);
  });

  test('is not told by how long sending a link takes', async () => {
    const { email } = await signedIn(stack);
    const forKnown = await time(() => visitor(stack).auth.resetPasswordForEmail(email));
    const forUnknown = await time(() => visitor(stack).auth.resetPasswordForEmail(address()));
    expect(Math.min(forKnown, forUnknown)).toBeGreaterThanOrEqual(340);
  });
});
