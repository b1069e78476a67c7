import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { Answer } from '../lite/servers.ts';
import { watched } from '../lite/watched-request.ts';
import type { LimitedAnswer } from './auth-limits.ts';
import { anonymousWithoutKey, bearerToken } from './credentials.ts';

/** `/rest/v1`: the REST server. A token that is no token is refused; the server would take it for none at all. */
export function createRestService(
  server: Answer,
  publishableKey: string,
  log: (line: string) => void,
): LimitedAnswer {
  return async (request, address) => {
    const authorization = request.headers.get('authorization');
    const token = bearerToken(request);
    const isKey = token?.startsWith('sb_') === true;
    if (authorization && !isKey && token?.split('.').length !== 3) {
      return Response.json(
        {
          code: 'PGRST301',
          message: `Expected 3 parts in JWT; got ${token?.split('.').length ?? 0}`,
          details: null,
          hint: null,
        },
        { status: 401, headers: { 'www-authenticate': 'Bearer' } },
      );
    }
    // No text of Postgres holds one; the server would pass it on and lose its place in the message.
    if (/%00/.test(request.url)) {
      return Response.json(
        {
          code: 'PGRST100',
          message: 'The address holds a NUL character',
          details: null,
          hint: 'Leave out %00.',
        },
        { status: 400 },
      );
    }
    nameOrigin(request, address);
    countOnlySeen(request);
    const { result, complaints } = await watched(
      () => server(anonymousWithoutKey(request, publishableKey)),
      Object.fromEntries(request.headers),
    );
    if (result.status >= 500) log(`rest: ${inspect(complaints)}`);
    return result;
  };
}

/** What hosted projects' gateway adds, for the database to record: whom the request came from, and a name for it. */
function nameOrigin({ headers }: Request, address: string): void {
  const passedOn = headers.get('x-forwarded-for');
  headers.set('x-forwarded-for', passedOn ? `${passedOn}, ${address}` : address);
  // Only a network in front of a hosted project may say so; nobody else's word is taken.
  headers.delete('cf-connecting-ip');
  if (!headers.has('x-request-id')) headers.set('x-request-id', randomUUID());
}

/**
 * What the planner expects is computed from everybody's rows: a count by it would tell of those that policies hide. It
 * is counted exactly instead, which says nothing but what may be seen.
 */
function countOnlySeen({ headers }: Request): void {
  const prefer = headers.get('prefer');
  if (prefer) headers.set('prefer', prefer.replace(/\bcount\s*=\s*(?:planned|estimated)\b/gi, 'count=exact'));
}
