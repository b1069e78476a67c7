import { createSecretKey, timingSafeEqual } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { Keys } from '../keys/keys.ts';

/** Who a request comes from, as far as its key and token tell. */
export interface Credentials {
  /** What the `apikey` header or parameter holds. */
  apiKey: 'none' | 'publishable' | 'secret' | 'invalid';
  /** The role that key and token amount to; undefined when the token is wrong or there is no key. */
  role: string | undefined;
}

/** Reads the key and the token of a request. A token, when there is one, decides; the key speaks in its absence. */
export async function readCredentials(request: Request, keys: Keys): Promise<Credentials> {
  const url = new URL(request.url);
  const key = request.headers.get('apikey') ?? url.searchParams.get('apikey');
  const apiKey = kindOf(key, keys);
  const keyRole = apiKey === 'secret' ? 'service_role' : apiKey === 'publishable' ? 'anon' : undefined;
  const bearer = bearerToken(request);
  // Clients repeat the key as a token when nobody is signed in.
  if (bearer === undefined || bearer === key || bearer.startsWith('sb_')) return { apiKey, role: keyRole };
  return { apiKey, role: await roleOf(bearer, keys.jwt_secret) };
}

/** A request without any key is anybody's: it gets the publishable one, as the CLI's gateway lets it through. */
export function anonymousWithoutKey(request: Request, publishableKey: string): Request {
  const hasKey = request.headers.has('apikey') || new URL(request.url).searchParams.has('apikey');
  if (!hasKey) request.headers.set('apikey', publishableKey);
  return request;
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

function kindOf(key: string | null, keys: Keys): Credentials['apiKey'] {
  if (!key) return 'none';
  if (same(key, keys.publishable_key) || same(key, keys.anon_key)) return 'publishable';
  if (same(key, keys.secret_key) || same(key, keys.service_role_key)) return 'secret';
  return 'invalid';
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function roleOf(token: string, jwtSecret: string): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, createSecretKey(Buffer.from(jwtSecret)), {
      algorithms: ['HS256'],
    });
    return typeof payload['role'] === 'string' ? payload['role'] : undefined;
  } catch {
    return undefined;
  }
}
