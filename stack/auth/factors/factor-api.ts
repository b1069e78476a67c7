import { z } from 'zod';
import type { ProjectConfig } from '../../project-config.ts';
import type { AuthDatabase } from '../auth-database.ts';
import { AuthError } from '../auth-error.ts';
import { enrollFactor } from './enroll-factor.ts';
import { factorCaller } from './factor-caller.ts';
import { forgetFactor, factorsOf } from './session-standing.ts';
import { challengeFactor, type Factor, verifyFactor } from './verify-factor.ts';

export interface FactorApi {
  database: AuthDatabase;
  mfa: ProjectConfig['auth']['mfa'];
  siteUrl: string;
  /** The auth server's answer to a request, completed. */
  answer: (request: Request) => Promise<Response>;
}

/**
 * `/factors`: second factors of the caller, as GoTrue has them.
 *
 * @returns undefined for any other path
 */
export async function answerFactors(
  api: FactorApi,
  request: Request,
  path: string,
  address: string,
): Promise<Response | undefined> {
  const [matched, id, step] = /^\/factors(?:\/([^/]+)(?:\/(challenge|verify))?)?$/.exec(path) ?? [];
  if (matched === undefined) return undefined;
  // Whether the token is good, the auth server says in its own words.
  const known = await api.answer(asker(request));
  if (!known.ok) return known;
  const caller = await factorCaller(api.database, request);
  if (id === undefined) {
    requireMethod(request, 'POST');
    return enrollFactor(api, caller, request);
  }
  const factor = await findFactor(api.database, caller.userId, id);
  if (step === undefined) {
    requireMethod(request, 'DELETE');
    if (factor.status === 'verified' && caller.aal !== 'aal2') {
      throw new AuthError(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor');
    }
    await api.database.transaction((queries) => forgetFactor(queries, factor.id));
    return Response.json({ id: factor.id });
  }
  requireMethod(request, 'POST');
  if (!api.mfa.totp.verify_enabled) {
    throw new AuthError(422, 'mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP');
  }
  if (step === 'challenge') return challengeFactor(api.database, factor, address);
  const refresh_token = await verifyFactor(api.database, factor, caller, request, address);
  return api.answer(renewal(request, refresh_token));
}

/** `GET` and `DELETE /admin/users/:id/factors`, for whoever helps a person who has lost their device. */
export async function administerFactors(
  database: AuthDatabase,
  method: string,
  userId: string,
  factorId: string | undefined,
): Promise<Response> {
  if (method === 'GET' && factorId === undefined) return Response.json(await factorsOf(database, userId));
  if (method !== 'DELETE' || factorId === undefined)
    throw new AuthError(405, 'not_found', 'Method not allowed');
  const factor = await findFactor(database, userId, factorId);
  await database.transaction((queries) => forgetFactor(queries, factor.id));
  return Response.json({ id: factor.id });
}

/** One that is somebody else's does not exist. */
async function findFactor(database: AuthDatabase, userId: string, id: string): Promise<Factor> {
  if (!z.uuid().safeParse(id).success) {
    throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID');
  }
  const [factor] = await database.query<Factor>(
    'select id, user_id, status, factor_type, secret from auth.mfa_factors where id = $1 and user_id = $2',
    [id, userId],
  );
  if (!factor) throw new AuthError(404, 'mfa_factor_not_found', 'Factor not found');
  return factor;
}

function requireMethod(request: Request, method: string): void {
  if (request.method !== method) throw new AuthError(405, 'not_found', 'Method not allowed');
}

function asker(request: Request): Request {
  return new Request(new URL('/auth/v1/user', request.url), { headers: headersOf(request) });
}

/** The session handed out anew: with tokens that say what it is now. */
function renewal(request: Request, refresh_token: string): Request {
  const headers = headersOf(request);
  headers.set('content-type', 'application/json');
  return new Request(new URL('/auth/v1/token?grant_type=refresh_token', request.url), {
    method: 'POST',
    headers,
    body: JSON.stringify({ refresh_token }),
  });
}

function headersOf(request: Request): Headers {
  const headers = new Headers(request.headers);
  headers.delete('content-length');
  return headers;
}
