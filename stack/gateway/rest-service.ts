import { inspect } from 'node:util';
import type { Answer } from '../lite/servers.ts';
import { watched } from '../lite/watched-request.ts';
import { anonymousWithoutKey, bearerToken } from './credentials.ts';

/** `/rest/v1`: the REST server. A token that is no token is refused; the server would take it for none at all. */
export function createRestService(
  server: Answer,
  publishableKey: string,
  log: (line: string) => void,
): Answer {
  return async (request) => {
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
    const { result, complaints } = await watched(() => server(anonymousWithoutKey(request, publishableKey)));
    if (result.status >= 500) log(`rest: ${inspect(complaints)}`);
    return result;
  };
}
