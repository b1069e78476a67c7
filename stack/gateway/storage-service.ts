import type { Answer } from '../lite/servers.ts';
import { withSqlError } from '../lite/sql-error-context.ts';
import { statusOf } from '../lite/sql-errors.ts';

/** `/storage/v1`: the storage server, with refusals instead of internal errors where the input was at fault. */
export function createStorageService(server: Answer): Answer {
  return async (request) => {
    const url = new URL(request.url);
    // Both spellings name the same object; the server knows the shorter one.
    url.pathname = url.pathname.replace('/storage/v1/object/authenticated/', '/storage/v1/object/');
    const wanted = url.href === request.url ? request : new Request(url, request);
    const { result, sqlError } = await withSqlError(() => server(wanted));
    if (result.status !== 500 || !(sqlError instanceof Error) || !('code' in sqlError)) return result;
    const status = storageStatus(String(sqlError.code));
    if (status === undefined) return result;
    const body = { statusCode: String(status), error: 'InvalidRequest', message: sqlError.message };
    return Response.json(body, { status: 400 });
  };
}

function storageStatus(code: string): number | undefined {
  if (code === '23505') return 409;
  const ruled = /^PT(4\d\d)$/.exec(code);
  if (ruled) return Number(ruled[1]);
  const status = statusOf(code);
  return status < 500 ? status : undefined;
}
