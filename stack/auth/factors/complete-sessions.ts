import { createSecretKey } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { z } from 'zod';
import type { Queries } from '../auth-database.ts';
import { factorsOf, noteProof, standingOf } from './session-standing.ts';

const session = z.looseObject({
  access_token: z.string(),
  user: z.looseObject({ id: z.string() }).optional(),
});
const user = z.looseObject({ id: z.uuid(), aud: z.string() });
const claims = z.looseObject({ session_id: z.uuid() });

/**
 * Completes what the auth server answers: it knows no second factors, so its tokens lack `aal` and `amr`, and its user
 * objects `factors`.
 */
export function createCompletion(queries: Queries, jwtSecret: string) {
  const key = createSecretKey(Buffer.from(jwtSecret));

  async function completeToken(token: string, proof: string | undefined): Promise<string> {
    const payload = claims.parse(decodeJwt(token));
    if (proof) await noteProof(queries, payload.session_id, proof);
    const standing = await standingOf(queries, payload.session_id);
    const header = { alg: 'HS256', typ: 'JWT' };
    return new SignJWT({ ...payload, aal: 'aal1', amr: [], ...standing })
      .setProtectedHeader(header)
      .sign(key);
  }

  async function completeJson(body: unknown, proof: string | undefined): Promise<unknown> {
    const begun = session.safeParse(body);
    if (begun.success) {
      const access_token = await completeToken(begun.data.access_token, proof);
      return {
        ...begun.data,
        access_token,
        ...(begun.data.user && { user: await withFactors(begun.data.user) }),
      };
    }
    const shown = user.safeParse(body);
    return shown.success ? withFactors(shown.data) : body;
  }

  async function withFactors<User extends { id: string }>(shown: User) {
    const factors = await factorsOf(queries, shown.id);
    return factors.length > 0 ? { ...shown, factors } : shown;
  }

  /** @param request what was answered */
  return async function complete(request: Request, response: Response): Promise<Response> {
    const proof = proofOf(request);
    const location = response.headers.get('location');
    if (location?.includes('#access_token=') || location?.includes('&access_token=')) {
      const headers = new Headers(response.headers);
      const [address = '', fragment = ''] = location.split('#');
      const values = new URLSearchParams(fragment);
      values.set('access_token', await completeToken(values.get('access_token') ?? '', proof));
      headers.set('location', `${address}#${values}`);
      return new Response(response.body, { status: response.status, headers });
    }
    if (!response.ok || !response.headers.get('content-type')?.includes('application/json')) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    const body = await completeJson(await response.json(), proof);
    return Response.json(body, { status: response.status, headers });
  };
}

/** How a request proves who sends it, in GoTrue's words; undefined where nothing new is proved. */
function proofOf(request: Request): string | undefined {
  const { pathname, searchParams } = new URL(request.url);
  const path = pathname.replace('/auth/v1', '');
  if (path === '/signup') return 'password';
  if (path === '/verify') return 'otp';
  if (path === '/callback') return 'oauth';
  if (path !== '/token') return undefined;
  return { password: 'password', pkce: 'oauth' }[searchParams.get('grant_type') ?? ''];
}
