import type { SupabaseClient } from '@supabase/supabase-js';
import { decodeJwt } from 'jose';
import { Secret, TOTP } from 'otpauth';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { administrator, type Person, signedIn, visitor } from './support/clients.ts';

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

interface Device {
  id: string;
  secret: string;
  /** The half minute in which it was set up. */
  step: number;
}

/** What the app on the phone shows in the half minute of setting it up, or as many later. The next one counts already. */
function code({ secret, step }: Device, later = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: (step + later) * 30_000 });
}

const presentStep = () => Math.floor(Date.now() / 30_000);

async function enroll(client: SupabaseClient, friendlyName = 'Phone'): Promise<Device> {
  const { data, error } = await client.auth.mfa.enroll({
    factorType: 'totp',
    friendlyName,
    issuer: 'Tandem',
  });
  if (error) throw error;
  return { id: data.id, secret: data.totp.secret, step: presentStep() };
}

/** A person whose phone is their second factor, signed in with it. The first code is used up. */
async function withFactor(): Promise<Person & { device: Device }> {
  const person = await signedIn(stack);
  const device = await enroll(person.client);
  const { error } = await person.client.auth.mfa.challengeAndVerify({
    factorId: device.id,
    code: code(device),
  });
  if (error) throw error;
  return { ...person, device };
}

async function signInAgain({ email, password }: Person): Promise<SupabaseClient> {
  const client = visitor(stack);
  const { error } = await client.auth.signInWithPassword({ email, password });
  if (error) throw error;
  return client;
}

async function claimsOf(client: SupabaseClient) {
  const { data } = await client.auth.getSession();
  return decodeJwt<{ aal: string; amr: { method: string; timestamp: number }[]; session_id: string }>(
    data.session?.access_token ?? '',
  );
}

const levels = async (client: SupabaseClient) =>
  (await client.auth.mfa.getAuthenticatorAssuranceLevel()).data;

describe('setting a second factor up', () => {
  test('gives a secret as text, address and picture, which counts once a code has been typed', async () => {
    const { client, email } = await signedIn(stack);
    expect(await claimsOf(client)).toMatchObject({ aal: 'aal1', amr: [{ method: 'password' }] });
    const { data, error } = await client.auth.mfa.enroll({
      factorType: 'totp',
      friendlyName: 'Phone',
      issuer: 'Tandem',
    });
    expect(error).toBeNull();
    expect(data).toMatchObject({ type: 'totp', friendly_name: 'Phone' });
    const { qr_code: picture = '', secret = '', uri = '' } = data?.type === 'totp' ? data.totp : {};
    expect(picture).toMatch(/^data:image\/svg\+xml;utf-8,<svg/);
    const read = new URL(uri);
    expect(decodeURIComponent(read.pathname)).toContain(`Tandem:${email}`);
    expect(read.searchParams.get('secret')).toBe(secret);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(await levels(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal1' });

    const before = await claimsOf(client);
    const device = { id: data?.id ?? '', secret, step: presentStep() };
    const verified = await client.auth.mfa.challengeAndVerify({ factorId: device.id, code: code(device, 1) });
    expect(verified.error).toBeNull();
    expect(verified.data?.user.factors).toMatchObject([
      { id: device.id, status: 'verified', factor_type: 'totp' },
    ]);
    expect(JSON.stringify(verified.data?.user)).not.toContain(secret);
    const claims = await claimsOf(client);
    expect(claims).toMatchObject({ aal: 'aal2', session_id: before.session_id });
    expect(claims.amr.map(({ method }) => method)).toEqual(['totp', 'password']);
    expect(claims.amr[0]?.timestamp).toBeCloseTo(Date.now() / 1000, -2);
    expect((await client.auth.mfa.listFactors()).data?.totp).toMatchObject([{ friendly_name: 'Phone' }]);
  });

  test('ends the sessions that lack it, and the next sign-in lacks it until a code is given', async () => {
    const person = await signedIn(stack);
    const other = await signInAgain(person);
    const device = await enroll(person.client);
    await person.client.auth.mfa.challengeAndVerify({ factorId: device.id, code: code(device) });
    expect((await other.auth.refreshSession()).error?.status).toBe(400);
    expect((await other.auth.getUser()).error).not.toBeNull();

    const again = await signInAgain(person);
    expect(await levels(again)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' });
    await again.auth.mfa.challengeAndVerify({ factorId: device.id, code: code(device, 1) });
    expect(await levels(again)).toMatchObject({ currentLevel: 'aal2' });
    await again.auth.refreshSession();
    expect(await claimsOf(again)).toMatchObject({
      aal: 'aal2',
      amr: [{ method: 'totp' }, { method: 'password' }],
    });
  });

  test('takes a name once, as many as config.toml allows, and a second one only from a sure session', async () => {
    const { client, device, ...person } = await withFactor();
    const failure = async (run: Promise<unknown>) =>
      run.then(
        () => 'none',
        (error: { code: string }) => error.code,
      );
    expect(await failure(enroll(client, 'Phone'))).toBe('mfa_factor_name_conflict');
    const weak = await signInAgain({ client, ...person });
    expect(await failure(enroll(weak, 'Tablet'))).toBe('insufficient_aal');
    for (let count = 1; count < 10; count++) await enroll(client, `Device ${count}`);
    expect(await failure(enroll(client, 'One more'))).toBe('too_many_enrolled_mfa_factors');
    // What nobody verified within five minutes makes room again.
    await database.query(
      `update auth.mfa_factors set created_at = now() - interval '6 minutes' where user_id = $1 and status = 'unverified'`,
      [person.id],
    );
    await enroll(client, 'One more');
    const { data } = await client.auth.mfa.listFactors();
    expect(data?.all.map(({ id }) => id)).toHaveLength(2);
    expect(data?.all[0]?.id).toBe(device.id);
  });

  test('refuses other kinds, nonsense and who is not signed in', async () => {
    const { client } = await signedIn(stack);
    expect((await client.auth.mfa.enroll({ factorType: 'phone', phone: '+4930123456' })).error?.code).toBe(
      'mfa_phone_enroll_not_enabled',
    );
    const { data } = await client.auth.getSession();
    const send = async (body: string, token = data.session?.access_token) => {
      const response = await fetch(`${stack.url}/auth/v1/factors`, {
        method: 'POST',
        headers: { apikey: stack.publishableKey, authorization: `Bearer ${token}` },
        body,
      });
      const { error_code } = (await response.json()) as { error_code: string };
      return [response.status, error_code];
    };
    expect(await send('{"factor_type": "pigeon"}')).toEqual([400, 'validation_failed']);
    expect(await send('{"factor_type": 7}')).toEqual([422, 'validation_failed']);
    expect(await send('{')).toEqual([400, 'bad_json']);
    expect((await send('{}', stack.publishableKey))[0]).toBe(401);
    expect((await send('{}', stack.anonKey))[0]).toBeLessThan(404);
  });
});

describe('a code', () => {
  let person: Awaited<ReturnType<typeof withFactor>>;
  let client: SupabaseClient;
  const give = async (given: string, by = client) =>
    (await by.auth.mfa.challengeAndVerify({ factorId: person.device.id, code: given })).error?.code;
  beforeEach(async () => {
    person = await withFactor();
    client = await signInAgain(person);
  });

  test('is refused when it is wrong, too old, too early, or used before', async () => {
    const right = code(person.device, 1);
    expect(await give(right === '000000' ? '000001' : '000000')).toBe('mfa_verification_failed');
    expect(await give(code(person.device, 4))).toBe('mfa_verification_failed');
    // The one the factor was set up with, which would still count otherwise.
    expect(await give(code(person.device))).toBe('mfa_verification_failed');
    expect(await claimsOf(client)).toMatchObject({ aal: 'aal1' });
    expect(await give(right)).toBeUndefined();
    expect(await give(right, await signInAgain(person))).toBe('mfa_verification_failed');
  });

  test('counts once when it is sent twice at the same moment', async () => {
    const { device } = person;
    const begin = async () => (await client.auth.mfa.challenge({ factorId: device.id })).data?.id ?? '';
    const challenges = [await begin(), await begin(), await begin()];
    const answers = await Promise.all(
      challenges.map((challengeId) =>
        client.auth.mfa.verify({ factorId: device.id, challengeId, code: code(device, 1) }),
      ),
    );
    expect(answers.filter(({ error }) => error === null)).toHaveLength(1);
    expect(answers.filter(({ error }) => error?.code === 'mfa_verification_failed')).toHaveLength(2);
  });

  test("is for a challenge that is recent, unused and the factor's own", async () => {
    const { device } = person;
    const begin = async () => (await client.auth.mfa.challenge({ factorId: device.id })).data?.id ?? '';
    const verify = async (challengeId: string) =>
      (await client.auth.mfa.verify({ factorId: device.id, challengeId, code: code(device, 1) })).error?.code;
    const old = await begin();
    await database.query(
      `update auth.mfa_challenges set created_at = now() - interval '6 minutes' where id = $1`,
      [old],
    );
    expect(await verify(old)).toBe('mfa_challenge_expired');
    expect(await verify('nonsense')).toBe('mfa_factor_not_found');
    const other = await withFactor();
    const theirs = await other.client.auth.mfa.challenge({ factorId: other.device.id });
    expect(await verify(theirs.data?.id ?? '')).toBe('mfa_factor_not_found');
    const fresh = await begin();
    expect(await verify(fresh)).toBeUndefined();
    expect(await verify(fresh)).toBe('mfa_ip_address_mismatch');
  });

  test('may be tried five times, from wherever; a right one makes up for wrong ones', async () => {
    for (let count = 0; count < 4; count++) expect(await give('12')).toBe('mfa_verification_failed');
    expect(await give(code(person.device, 1))).toBeUndefined();
    const again = await signInAgain(person);
    for (let count = 0; count < 5; count++) expect(await give('12', again)).toBe('mfa_verification_failed');
    expect(await give(code(person.device, 2), again)).toBe('over_request_rate_limit');
    const elsewhere = administrator(stack);
    expect(await give(code(person.device, 2), elsewhere)).not.toBeUndefined();
  });
});

describe('a factor', () => {
  test('of somebody else does not exist', async () => {
    const { device, client } = await withFactor();
    const stranger = await withFactor();
    const refused = [
      await stranger.client.auth.mfa.challenge({ factorId: device.id }),
      await stranger.client.auth.mfa.unenroll({ factorId: device.id }),
      await stranger.client.auth.mfa.challengeAndVerify({ factorId: device.id, code: code(device, 1) }),
    ];
    expect(refused.map(({ error }) => error?.code)).toEqual(Array(3).fill('mfa_factor_not_found'));
    expect((await client.auth.mfa.listFactors()).data?.totp).toHaveLength(1);
  });

  test('is taken away by a sure session only, which is an ordinary one then', async () => {
    const { device, ...person } = await withFactor();
    const weak = await signInAgain(person);
    expect((await weak.auth.mfa.unenroll({ factorId: device.id })).error?.code).toBe('insufficient_aal');
    expect((await person.client.auth.mfa.unenroll({ factorId: device.id })).error).toBeNull();
    await person.client.auth.refreshSession();
    expect(await claimsOf(person.client)).toMatchObject({ aal: 'aal1', amr: [{ method: 'password' }] });
    expect((await person.client.auth.getUser()).data.user?.factors).toBeUndefined();
  });

  test('is asked for before address or password change, also after a link by mail', async () => {
    const { device, ...person } = await withFactor();
    const weak = await signInAgain(person);
    const refused = [
      await weak.auth.updateUser({ password: 'another horse battery' }),
      await weak.auth.updateUser({ email: 'someone.else@stack.example' }),
    ];
    expect(refused.map(({ error }) => [error?.status, error?.code])).toEqual(
      Array(2).fill([401, 'insufficient_aal']),
    );
    expect((await weak.auth.updateUser({ data: { first_name: 'Ann' } })).error).toBeNull();
    const link = await administrator(stack).auth.admin.generateLink({
      type: 'recovery',
      email: person.email,
    });
    const recovering = visitor(stack);
    await recovering.auth.verifyOtp({
      type: 'recovery',
      token_hash: link.data.properties?.hashed_token ?? '',
    });
    expect(await claimsOf(recovering)).toMatchObject({ aal: 'aal1', amr: [{ method: 'otp' }] });
    expect((await recovering.auth.updateUser({ password: 'another horse battery' })).error?.code).toBe(
      'insufficient_aal',
    );
    await recovering.auth.mfa.challengeAndVerify({ factorId: device.id, code: code(device, 1) });
    expect((await recovering.auth.updateUser({ password: 'another horse battery' })).error).toBeNull();
  });

  test('is listed and taken away by administrators, for who has lost it', async () => {
    const { device, ...person } = await withFactor();
    const { mfa } = administrator(stack).auth.admin;
    expect((await mfa.listFactors({ userId: person.id })).data?.factors).toMatchObject([{ id: device.id }]);
    expect((await person.client.auth.admin.mfa.listFactors({ userId: person.id })).error?.status).toBe(403);
    expect((await mfa.deleteFactor({ userId: person.id, id: device.id })).error).toBeNull();
    expect((await mfa.deleteFactor({ userId: person.id, id: device.id })).error?.code).toBe(
      'mfa_factor_not_found',
    );
    expect(await levels(await signInAgain(person))).toMatchObject({
      currentLevel: 'aal1',
      nextLevel: 'aal1',
    });
  });
});

test('a link that is followed by a browser begins a session that tells how', async () => {
  const { email } = await signedIn(stack);
  const link = await administrator(stack).auth.admin.generateLink({ type: 'magiclink', email });
  const { hashed_token: token = '' } = link.data.properties ?? {};
  const response = await fetch(`${stack.url}/auth/v1/verify?type=magiclink&token=${token}`, {
    redirect: 'manual',
  });
  const fragment = new URLSearchParams(response.headers.get('location')?.split('#')[1]);
  expect(decodeJwt(fragment.get('access_token') ?? '')).toMatchObject({
    aal: 'aal1',
    amr: [{ method: 'otp' }],
  });
});

test('data follow: nothing over REST until the code, nothing once the session has ended', async () => {
  const { device, ...person } = await withFactor();
  const weak = await signInAgain(person);
  const profiles = async (client: SupabaseClient) => (await client.from('profiles').select('id')).data;
  expect(await profiles(weak)).toEqual([]);
  expect(await profiles(person.client)).toEqual([{ id: person.id }]);
  await weak.auth.mfa.challengeAndVerify({ factorId: device.id, code: code(device, 1) });
  expect(await profiles(weak)).toEqual([{ id: person.id }]);

  const { data } = await weak.auth.getSession();
  await weak.auth.signOut({ scope: 'local' });
  const response = await fetch(`${stack.url}/rest/v1/profiles?select=id`, {
    headers: { apikey: stack.publishableKey, authorization: `Bearer ${data.session?.access_token}` },
  });
  expect(await response.json()).toEqual([]);
});
