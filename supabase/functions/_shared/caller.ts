import { RequestError } from './errors.ts';

/** The signed-in person who calls a function. */
export interface Caller {
  userId: string;
  token: string;
}

/**
 * Reads who is calling. `verify_jwt` has checked the signature, but lets the anonymous and the project's own keys
 * through as well; a person is who has a token with the role `authenticated`. Data is read with the same token, so that
 * the database decides in any case.
 *
 * @throws RequestError 401 when no person is calling.
 */
export function readCaller(request: Request): Caller {
  const token = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  const claims = readClaims(token);
  if (claims?.role !== 'authenticated' || typeof claims.sub !== 'string') {
    throw new RequestError(401, 'sign_in_required', 'Sign in and call again with your access token.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  return { userId: claims.sub, token };
}

function readClaims(token: string): { role?: unknown; sub?: unknown } | undefined {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}
