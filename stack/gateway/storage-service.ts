import { createSecretKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { Answer } from '../lite/servers.ts';
import { withSqlError } from '../lite/sql-error-context.ts';
import { statusOf } from '../lite/sql-errors.ts';

const prefix = '/storage/v1';
/** Names a hosted project accepts for a bucket. */
const bucketName = /^[\w!\-.*'() &$@=;:+,?]{1,100}$/;

/** A refusal in the form of the storage server: always a 400 that holds the status proper. */
class StorageRefusal extends Error {
  override name = 'StorageRefusal';
  readonly #status: number;
  readonly #error: string;

  constructor(status: number, error: string, message: string) {
    super(message);
    this.#status = status;
    this.#error = error;
  }

  toResponse(): Response {
    return Response.json(
      { statusCode: String(this.#status), error: this.#error, message: this.message },
      { status: 400 },
    );
  }
}

/** `/storage/v1`: the storage server, with refusals instead of internal errors where the input was at fault. */
export function createStorageService(server: Answer, jwtSecret: string): Answer {
  return async (request) => {
    try {
      const wanted = await prepared(request, jwtSecret);
      const { result, sqlError } = await withSqlError(() => server(wanted));
      if (result.status !== 500) return result;
      const refusal = refusalOf(sqlError);
      return refusal ? refusal.toResponse() : result;
    } catch (error) {
      if (error instanceof StorageRefusal) return error.toResponse();
      throw error;
    }
  };
}

async function prepared(request: Request, jwtSecret: string): Promise<Request> {
  const url = new URL(request.url);
  // Both spellings name the same object; the server knows the shorter one.
  url.pathname = url.pathname.replace(`${prefix}/object/authenticated/`, `${prefix}/object/`);
  const path = url.pathname.slice(prefix.length);
  if (/^\/object\/(?:upload\/)?sign\//.test(path) && request.method !== 'POST') {
    await checkSignature(url.searchParams.get('token'), jwtSecret);
  }
  if (request.body === null) return new Request(url, request);
  if (takesJson(request.method, path)) return withJson(request, url, path);
  return withLength(request, url);
}

async function checkSignature(token: string | null, jwtSecret: string): Promise<void> {
  try {
    await jwtVerify(token ?? '', createSecretKey(Buffer.from(jwtSecret)), { algorithms: ['HS256'] });
  } catch {
    throw new StorageRefusal(400, 'InvalidJWT', 'The signature of the address is invalid or has expired');
  }
}

function takesJson(method: string, path: string): boolean {
  if (path.startsWith('/bucket')) return true;
  if (method === 'DELETE') return /^\/object\/[^/]+$/.test(path);
  return method === 'POST' && /^\/object\/(?:list|move|copy|sign)(?:\/|$)/.test(path);
}

async function withJson(request: Request, url: URL, path: string): Promise<Request> {
  const text = await request.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new StorageRefusal(400, 'InvalidRequest', 'The request body is not valid JSON');
  }
  if (path === '/bucket' && typeof body === 'object' && body !== null && 'name' in body) {
    if (typeof body.name !== 'string' || !bucketName.test(body.name)) {
      throw new StorageRefusal(400, 'Invalid Input', 'Bucket name invalid');
    }
  }
  return rebuilt(request, url, text);
}

/** The server checks the size that is announced. An upload that announces none is read first, within the limit. */
async function withLength(request: Request, url: URL): Promise<Request> {
  if (request.headers.has('content-length')) return new Request(url, request);
  return rebuilt(request, url, await request.arrayBuffer());
}

function rebuilt(request: Request, url: URL, body: string | ArrayBuffer): Request {
  const headers = new Headers(request.headers);
  headers.set('content-length', String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength));
  return new Request(url, { method: request.method, headers, body });
}

function refusalOf(sqlError: unknown): StorageRefusal | undefined {
  if (!(sqlError instanceof Error) || !('code' in sqlError)) return undefined;
  const code = String(sqlError.code);
  const ruled = /^PT(4\d\d)$/.exec(code);
  const status = code === '23505' ? 409 : ruled ? Number(ruled[1]) : statusOf(code);
  return status < 500 ? new StorageRefusal(status, 'InvalidRequest', sqlError.message) : undefined;
}
