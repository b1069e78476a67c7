import { inspect } from 'node:util';
import { z } from 'zod';
import type { Answer } from '../lite/servers.ts';
import { watched } from '../lite/watched-request.ts';
import { harmless } from './storage-content.ts';
import { refusalOf, StorageRefusal } from './storage-refusal.ts';
import { asksToSign, checkSignature, sign } from './storage-signing.ts';

const prefix = '/storage/v1';
/** Names a hosted project accepts for a bucket. */
const bucketName = /^[\w!\-.*'() &$@=;:+,?]{1,100}$/;
/** The most objects one request names. */
const mostObjects = 1_000;

export interface StorageServiceOptions {
  server: Answer;
  /** Signs addresses of objects. */
  jwtSecret: string;
  log: (line: string) => void;
}

/** `/storage/v1`: the storage server, with refusals instead of internal errors where the input was at fault. */
export function createStorageService(options: StorageServiceOptions): Answer {
  return async (request) => {
    try {
      const wanted = await prepared(request, options.jwtSecret);
      const { result, sqlError, complaints } = await watched(
        () => serve(options.server, wanted),
        Object.fromEntries(request.headers),
      );
      if (result.status !== 500) return result;
      const refusal = refusalOf(sqlError);
      if (!refusal) options.log(`storage: ${inspect(complaints)}`);
      return refusal ? refusal.toResponse() : result;
    } catch (error) {
      if (error instanceof StorageRefusal) return error.toResponse();
      throw error;
    }
  };
}

async function serve(server: Answer, request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.slice(prefix.length);
  if (asksToSign(request.method, path)) return sign(server, request, path);
  const answer = await server(request);
  const isObject = ['GET', 'HEAD'].includes(request.method) && path.startsWith('/object/');
  return isObject ? harmless(answer, new URL(request.url)) : answer;
}

async function prepared(request: Request, jwtSecret: string): Promise<Request> {
  const url = new URL(request.url);
  // Both spellings name the same object; the server knows the shorter one.
  url.pathname = url.pathname.replace(`${prefix}/object/authenticated/`, `${prefix}/object/`);
  const path = url.pathname.slice(prefix.length);
  if (/^\/object\/(?:upload\/)?sign\//.test(path) && !asksToSign(request.method, path)) {
    await checkSignature(url.searchParams.get('token'), jwtSecret);
  }
  if (request.body === null) return new Request(url, request);
  if (takesJson(request.method, path)) return withJson(request, url, path);
  if (request.headers.get('content-type')?.startsWith('multipart/form-data')) return withFile(request, url);
  return withLength(request, url);
}

function takesJson(method: string, path: string): boolean {
  if (path.startsWith('/bucket')) return true;
  if (method === 'DELETE') return /^\/object\/[^/]+$/.test(path);
  return method === 'POST' && /^\/object\/(?:list|move|copy|sign)(?:\/|$)/.test(path);
}

/** What a body may hold that the server takes without a look; anything of another shape is its to refuse. */
const asked = z
  .object({
    prefixes: z.array(z.unknown()).catch([]),
    paths: z.array(z.unknown()).catch([]),
    sortBy: z.object({ order: z.unknown() }).catch({ order: undefined }),
  })
  .catch({ prefixes: [], paths: [], sortBy: { order: undefined } });

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
  const { prefixes, paths, sortBy } = asked.parse(body);
  if (Math.max(prefixes.length, paths.length) > mostObjects)
    throw new StorageRefusal(400, 'InvalidRequest', `Name at most ${mostObjects} objects at once`);
  if (sortBy.order !== undefined && !/^(?:asc|desc)$/i.test(String(sortBy.order)))
    throw new StorageRefusal(400, 'InvalidRequest', 'sortBy.order is asc or desc');
  return rebuilt(request, url, text);
}

/** Clients in browsers send a form: the file, under any name, and how long caches may keep it. */
async function withFile(request: Request, url: URL): Promise<Request> {
  const form = await request.formData().catch((error: unknown) => {
    throw new StorageRefusal(400, 'InvalidRequest', `The form cannot be read: ${String(error)}`);
  });
  const file = [...form.values()].find((value) => typeof value !== 'string');
  if (!file) throw new StorageRefusal(400, 'InvalidRequest', 'The form holds no file');
  const headers = new Headers(request.headers);
  headers.set('content-type', file.type || 'application/octet-stream');
  headers.set('content-length', String(file.size));
  const seconds = form.get('cacheControl');
  if (typeof seconds === 'string' && /^\d+$/.test(seconds))
    headers.set('cache-control', `max-age=${seconds}`);
  const metadata = form.get('metadata');
  if (typeof metadata === 'string') headers.set('x-metadata', Buffer.from(metadata).toString('base64'));
  return new Request(url, { method: request.method, headers, body: await file.arrayBuffer() });
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
