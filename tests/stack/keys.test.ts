import { createClient } from '@supabase/supabase-js';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoKeys } from '../../stack/keys/demo-keys.ts';
import { startTestStack, type TestStack } from '../../stack/testing.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

function token(
  secret: string,
  claims: Record<string, unknown>,
  expires: string | number = '1h',
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));
}

/** Status of reading the caller's role, and the role. */
async function roleWith(headers: Record<string, string>): Promise<string | number> {
  const response = await fetch(`${stack.url}/rest/v1/rpc/my_access`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"org_id":"00000000-0000-0000-0000-000000000000"}',
  });
  const answer: unknown = await response.json();
  const message =
    typeof answer === 'object' && answer !== null && 'message' in answer ? String(answer.message) : '';
  return response.status === 401 && !message.includes('permission denied') ? 401 : response.status;
}

/** Whether the headers amount to an administrator. */
async function administers(headers: Record<string, string>): Promise<number> {
  return (await fetch(`${stack.url}/auth/v1/admin/users`, { headers })).status;
}

describe('keys', () => {
  test('have the formats of the CLI', () => {
    expect(stack.publishableKey).toMatch(/^sb_publishable_[\w-]{22}_[\w-]{8}$/);
    expect(stack.secretKey).toMatch(/^sb_secret_[\w-]{22}_[\w-]{8}$/);
    expect(stack.anonKey.split('.')).toHaveLength(3);
  });

  test('of the secret kind administer, alone or repeated as the token', async () => {
    expect(await administers({ apikey: stack.secretKey })).toBe(200);
    expect(await administers({ apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` })).toBe(
      200,
    );
  });

  test('of the legacy kind work when this installation signed them', async () => {
    const service = { apikey: stack.serviceRoleKey, authorization: `Bearer ${stack.serviceRoleKey}` };
    expect(await administers(service)).toBe(200);
    const legacy = createClient(stack.url, stack.serviceRoleKey, { auth: { persistSession: false } });
    expect((await legacy.auth.admin.listUsers()).error).toBeNull();
    expect((await legacy.from('organizations').select('id').limit(1)).error).toBeNull();
    expect(await administers({ apikey: stack.anonKey, authorization: `Bearer ${stack.anonKey}` })).toBe(403);
  });

  test('of another installation are refused', async () => {
    const { anon_key: anon, service_role_key: service, secret_key: secret } = demoKeys();
    for (const key of [anon, service, secret, 'sb_secret_invented', '']) {
      expect(await administers({ apikey: key, authorization: `Bearer ${key}` })).toBe(401);
      expect(await roleWith({ apikey: key, authorization: `Bearer ${key}` })).toBe(401);
    }
  });

  test('may be missing: then a request is anonymous, never privileged', async () => {
    const asAnonymous = await fetch(`${stack.url}/rest/v1/rpc/my_access`, { method: 'POST', body: '{}' });
    const withKey = await fetch(`${stack.url}/rest/v1/rpc/my_access`, {
      method: 'POST',
      body: '{}',
      headers: { apikey: stack.publishableKey },
    });
    expect(asAnonymous.status).toBe(withKey.status);
    expect(await asAnonymous.json()).toEqual(await withKey.json());
    const customers = await fetch(`${stack.url}/rest/v1/customers`);
    expect(customers.status).toBe(401);
    expect(await customers.json()).toMatchObject({ code: '42501' });
    const health = await fetch(`${stack.url}/auth/v1/settings`);
    expect(health.status).toBe(200);
    const user = await token(stack.jwtSecret, { role: 'authenticated', sub: crypto.randomUUID() });
    expect(await roleWith({ authorization: `Bearer ${user}` })).toBe(200);
    expect(await administers({})).toBe(401);
    expect(await administers({ authorization: `Bearer ${stack.secretKey}` })).toBe(401);
    const storage = await fetch(`${stack.url}/storage/v1/bucket`, {
      method: 'POST',
      body: '{"name":"x","id":"x"}',
    });
    expect(storage.status).toBe(400);
  });

  test('of the secret kind are refused in a browser', async () => {
    const headers = { apikey: stack.secretKey, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' };
    expect(await administers(headers)).toBe(401);
    expect(await roleWith(headers)).toBe(401);
  });
});

describe('a token', () => {
  const publishable = (): Record<string, string> => ({ apikey: stack.publishableKey });

  test('decides over the key beside it', async () => {
    const user = await token(stack.jwtSecret, { role: 'authenticated', sub: crypto.randomUUID() });
    expect(await administers({ apikey: stack.secretKey, authorization: `Bearer ${user}` })).toBe(403);
    const service = await token(stack.jwtSecret, { role: 'service_role' });
    expect(await administers({ ...publishable(), authorization: `Bearer ${service}` })).toBe(200);
  });

  test('is refused when forged, expired, unsigned, of a foreign secret or no token at all', async () => {
    const claims = { role: 'service_role', sub: crypto.randomUUID() };
    const good = await token(stack.jwtSecret, claims);
    const [header, , signature] = good.split('.');
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const bad = [
      `${header}.${part({ ...claims, role: 'supabase_admin' })}.${signature}`,
      await token(stack.jwtSecret, claims, Math.floor(Date.now() / 1000) - 60),
      `${part({ alg: 'none' })}.${part(claims)}.`,
      await token('another secret that is long enough to sign', claims),
      'garbage',
    ];
    for (const authorization of bad.map((text) => `Bearer ${text}`)) {
      expect(await administers({ ...publishable(), authorization })).toBe(401);
      expect(await roleWith({ ...publishable(), authorization })).toBe(401);
    }
  });
});

test('the well-known keys are those of the CLI, byte for byte', () => {
  const keys = demoKeys();
  expect(keys.publishable_key).toBe('sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH');
  expect(keys.anon_key.endsWith('.CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0')).toBe(true);
  expect(keys.service_role_key.endsWith('.EGIM96RAZx35lJzdJsyH-qQwv8Hdp7fsn3W0YpN81IU')).toBe(true);
});
