import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { z } from 'zod';
import { generateLink, inviteUser } from '../auth/admin-links.ts';
import { createUser, deleteUser, getUser, listUsers, updateUser } from '../auth/admin-users.ts';
import type { AuthDatabase } from '../auth/auth-database.ts';
import { AuthError, authErrorOf } from '../auth/auth-error.ts';
import { confirmEmailChange, requestEmailChange } from '../auth/email-change.ts';
import { createCompletion } from '../auth/factors/complete-sessions.ts';
import { administerFactors, answerFactors } from '../auth/factors/factor-api.ts';
import { factorCaller } from '../auth/factors/factor-caller.ts';
import { factorsOf } from '../auth/factors/session-standing.ts';
import { allowedRedirect, withRedirect } from '../auth/mail-redirect.ts';
import type { Mailer } from '../auth/mailer.ts';
import { oneTimeToken, tokenHash } from '../auth/one-time-token.ts';
import { readFields } from '../auth/request-fields.ts';
import type { UserStore } from '../auth/user-store.ts';
import type { Keys } from '../keys/keys.ts';
import type { Answer } from '../lite/servers.ts';
import { watched } from '../lite/watched-request.ts';
import type { LimitedAnswer } from './auth-limits.ts';
import { anonymousWithoutKey, readCredentials } from './credentials.ts';

export interface AuthServiceOptions {
  /** The auth server for everything but administration. */
  server: Answer;
  database: AuthDatabase;
  store: UserStore;
  keys: Keys;
  mailer: Mailer;
  log: (line: string) => void;
}

const prefix = '/auth/v1';

/**
 * `/auth/v1`: the auth server, completed by the admin API, second factors, the token kinds `email` and `invite`, bans, and
 * refusals instead of internal errors where the input was at fault.
 */
export function createAuthService(given: AuthServiceOptions): LimitedAnswer {
  const { config, siteUrl } = given.mailer;
  const complete = createCompletion(given.database, given.keys.jwt_secret);
  const server: Answer = async (request) => complete(request, await given.server(request));
  const options = { ...given, server };
  const factors = {
    database: given.database,
    mfa: config.auth.mfa,
    siteUrl,
    answer: (request: Request) => answer(options, request),
  };
  const serve = async (request: Request, url: URL, address: string): Promise<Response> => {
    try {
      const path = url.pathname.slice(prefix.length);
      if (path === '/invite' || path.startsWith('/admin/'))
        return await administer(options, request, url, path);
      const known = anonymousWithoutKey(request, options.keys.publishable_key);
      const ofFactors = await answerFactors(factors, known, path, address);
      if (ofFactors) return ofFactors;
      const ready = await prepared(options.store, known, url, path);
      return await served(options, ready, path);
    } catch (error) {
      if (error instanceof AuthError) return error.toResponse();
      throw error;
    }
  };
  return (request, address) => {
    const url = new URL(request.url);
    const redirectTo = allowedRedirect(config, siteUrl, url.searchParams.get('redirect_to'));
    return withRedirect(redirectTo, () => serve(request, url, address));
  };
}

/** A request that is none of administration: the auth server's answer, but where it falls short of GoTrue. */
async function served(options: AuthServiceOptions, request: Request, path: string): Promise<Response> {
  const { mailer, store } = options;
  if (path === '/signup' && request.method === 'POST') {
    const asked = request.clone();
    const response = await answer(options, request);
    return response.status === 429 ? await unrevealing(options, asked) : response;
  }
  if (path === '/user' && request.method === 'PUT') return changeUser(options, request);
  if (path === '/verify') {
    const { type, hash } = await verification(request.clone());
    const half = type === 'email_change' ? await confirmEmailChange(store, mailer, hash) : undefined;
    if (half) return half;
  }
  return answer(options, request);
}

async function verification(request: Request): Promise<{ type: string; hash: string }> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const given = request.method === 'GET' ? query : await readFields(request);
  const hash = given['token_hash'] ?? (request.method === 'GET' ? given['token'] : typedHash(given)) ?? '';
  return { type: String(given['type'] ?? ''), hash: String(hash) };
}

/** A change of one's own account. The auth server asks the present address alone about a new one, so that is done here. */
async function changeUser(options: AuthServiceOptions, request: Request): Promise<Response> {
  const { email, ...fields } = await readFields(request.clone());
  if (email || fields['password']) await requireSecondFactor(options, request);
  if (typeof email !== 'string' || email === '') return answer(options, request);
  const others = new Request(request, { body: JSON.stringify(fields) });
  const response = await answer(options, others);
  if (!response.ok) return response;
  const { id } = z.object({ id: z.string() }).parse(await response.json());
  return requestEmailChange(options.store, options.mailer, id, email);
}

/**
 * Whoever has a second factor changes what they sign in with only after giving it.
 *
 * @throws AuthError otherwise
 */
async function requireSecondFactor(options: AuthServiceOptions, request: Request): Promise<void> {
  const known = await answer(options, new Request(request.url, { headers: request.headers }));
  if (!known.ok) return;
  const caller = await factorCaller(options.database, request);
  const factors = await factorsOf(options.database, caller.userId);
  if (caller.aal === 'aal2' || !factors.some(({ status }) => status === 'verified')) return;
  const text = 'AAL2 session is required to update email or password when MFA is enabled.';
  throw new AuthError(401, 'insufficient_aal', text);
}

async function administer(
  options: AuthServiceOptions,
  request: Request,
  url: URL,
  path: string,
): Promise<Response> {
  await requireServiceRole(request, options.keys);
  const { store, mailer } = options;
  const [ofFactors, owner = '', factor] = /^\/admin\/users\/([^/]+)\/factors(?:\/([^/]+))?$/.exec(path) ?? [];
  if (ofFactors !== undefined) {
    await getUser(store, owner);
    return administerFactors(options.database, request.method, owner, factor);
  }
  const [, id] = /^\/admin\/users\/([^/]+)$/.exec(path) ?? [];
  switch (`${request.method} ${id === undefined ? path : '/admin/users/:id'}`) {
    case 'GET /admin/users':
      return listUsers(store, url);
    case 'POST /admin/users':
      return createUser(store, request);
    case 'GET /admin/users/:id':
      return getUser(store, id ?? '');
    case 'PUT /admin/users/:id':
      return updateUser(store, id ?? '', request);
    case 'DELETE /admin/users/:id':
      return deleteUser(store, id ?? '', request);
    case 'POST /invite':
      return inviteUser(store, mailer, request);
    case 'POST /admin/generate_link':
      return generateLink(store, mailer, request);
    default:
      throw new AuthError(404, 'not_found', `No such endpoint: ${request.method} ${path}`);
  }
}

async function requireServiceRole(request: Request, keys: Keys): Promise<void> {
  const { apiKey, role } = await readCredentials(request, keys);
  if (apiKey === 'none') throw new AuthError(401, 'no_authorization', 'No API key found in request');
  if (apiKey === 'invalid') throw new AuthError(401, 'no_authorization', 'Invalid API key');
  if (role === undefined)
    throw new AuthError(401, 'bad_jwt', 'invalid JWT: unable to parse or verify signature');
  if (role !== 'service_role') throw new AuthError(403, 'not_admin', 'User not allowed');
  if (/^\s*Mozilla\/5\.0/.test(request.headers.get('user-agent') ?? '')) {
    throw new AuthError(401, 'no_authorization', 'Forbidden use of secret API key in browser');
  }
}

/** Checks the form of a request, and rewords what the auth server does not know. */
async function prepared(store: UserStore, request: Request, url: URL, path: string): Promise<Request> {
  if (path === '/verify' && request.method === 'GET') {
    const type = await verificationType(store, url.searchParams.get('type'), url.searchParams.get('token'));
    if (type) url.searchParams.set('type', type);
    return new Request(url, request);
  }
  if (!['POST', 'PUT', 'PATCH'].includes(request.method)) return request;
  const body = await readFields(request);
  if (path === '/verify') {
    const hash = body['token_hash'] ?? typedHash(body);
    const type = await verificationType(store, body['type'], hash);
    if (type) body['type'] = type;
  }
  if (path === '/token' && url.searchParams.get('grant_type') === 'password')
    await checkPassword(store, body);
  const headers = new Headers(request.headers);
  headers.delete('content-length');
  headers.set('content-type', 'application/json');
  return new Request(url, { method: request.method, headers, body: JSON.stringify(body) });
}

function typedHash(body: Record<string, unknown>): string | undefined {
  const { email, token } = body;
  return typeof email === 'string' && typeof token === 'string' ? tokenHash(email, token) : undefined;
}

/**
 * Links of today's templates say `email` or `invite`; which column holds the token decides what they mean.
 *
 * @throws AuthError when the token would sign in somebody who is banned.
 */
async function verificationType(store: UserStore, type: unknown, hash: unknown): Promise<string | undefined> {
  const owner = typeof hash === 'string' ? await store.findToken(hash) : undefined;
  if (owner?.banned) throw new AuthError(403, 'user_banned', 'User is banned');
  if (type !== 'email' && type !== 'invite') return undefined;
  return owner?.kind === 'confirmation' ? 'signup' : 'magiclink';
}

/**
 * Refuses a wrong password before anything else is told: the auth server would say of an account that it is not
 * confirmed, or answer at once when there is none.
 */
async function checkPassword(store: UserStore, body: Record<string, unknown>): Promise<void> {
  const { email, password } = body;
  if (typeof email !== 'string' || typeof password !== 'string') return;
  if (!(await store.passwordFits(email, password))) {
    throw new AuthError(400, 'invalid_credentials', 'Invalid login credentials');
  }
  await refuseBanned(store, email);
}

async function refuseBanned(store: UserStore, email: string): Promise<void> {
  const user = await store.findByEmail(email);
  if (user?.banned_until && user.banned_until > new Date()) {
    throw new AuthError(400, 'user_banned', 'User is banned');
  }
}

/**
 * Signing up with an address that has an account looks like any other sign-up, as on a hosted project: a user without
 * identities. The auth server would refuse it with 429, which tells who has an account. One that is not confirmed, after
 * an invitation for instance, gets the mail again, with the password it had.
 */
async function unrevealing({ mailer, store }: AuthServiceOptions, request: Request): Promise<Response> {
  const { email } = await readFields(request);
  const user = typeof email === 'string' ? await store.findByEmail(email) : undefined;
  if (user?.email && !user.confirmed_at) {
    const token = oneTimeToken(user.email, mailer.config.auth.email.otp_length);
    await store.update(user.id, { confirmation_token: token.hash, confirmation_sent_at: new Date() });
    await mailer.send('confirmation', 'signup', user.email, token);
  }
  const now = new Date().toISOString();
  return Response.json({
    id: randomUUID(),
    aud: 'authenticated',
    role: '',
    email,
    phone: '',
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: {},
    identities: [],
    created_at: now,
    updated_at: now,
    confirmation_sent_at: now,
    is_anonymous: false,
  });
}

async function answer(options: AuthServiceOptions, request: Request): Promise<Response> {
  const { result, sqlError, complaints } = await watched(() => options.server(request));
  if (result.status !== 500) return result;
  const refusal = authErrorOf(sqlError);
  if (refusal instanceof AuthError) return refusal.toResponse();
  options.log(`auth: ${inspect(complaints)}`);
  return new AuthError(500, 'unexpected_failure', 'Database error').toResponse();
}
