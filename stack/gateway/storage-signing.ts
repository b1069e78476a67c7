import { createSecretKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { z } from 'zod';
import type { Answer } from '../lite/servers.ts';
import { StorageRefusal } from './storage-refusal.ts';

const prefix = '/storage/v1';
const batch = z.object({ expiresIn: z.number().positive(), paths: z.array(z.string()) });
const signed = z.looseObject({ signedUrl: z.string() });

/** @throws StorageRefusal unless the token of a signed address is this installation's and still valid. */
export async function checkSignature(token: string | null, jwtSecret: string): Promise<void> {
  try {
    await jwtVerify(token ?? '', createSecretKey(Buffer.from(jwtSecret)), { algorithms: ['HS256'] });
  } catch {
    throw new StorageRefusal(400, 'InvalidJWT', 'The signature of the address is invalid or has expired');
  }
}

/** Whether a request asks for signed addresses. */
export function asksToSign(method: string, path: string): boolean {
  return method === 'POST' && /^\/object\/(?:upload\/)?sign\//.test(path);
}

/**
 * Signs addresses in the form hosted projects answer: paths below the service, as `signedURL` for reading and as `url`
 * for uploading. Several at once, which the server confuses with one, are asked for one by one.
 */
export async function sign(server: Answer, request: Request, path: string): Promise<Response> {
  const bucket = /^\/object\/sign\/([^/]+)\/?$/.exec(path)?.[1];
  if (bucket === undefined)
    return signOne(server, request, path.startsWith('/object/upload/') ? 'url' : 'signedURL');
  const input = batch.safeParse(await request.json());
  if (!input.success) throw new StorageRefusal(400, 'InvalidRequest', 'paths and expiresIn are required');
  const { expiresIn, paths } = input.data;
  const headers = new Headers(request.headers);
  headers.delete('content-length');
  const entries: unknown[] = [];
  for (const name of paths) {
    const address = new URL(request.url);
    address.pathname = `${prefix}/object/sign/${bucket}/${name.split('/').map(encodeURIComponent).join('/')}`;
    const answer = await server(
      new Request(address, { method: 'POST', headers, body: JSON.stringify({ expiresIn }) }),
    );
    const signedURL = answer.ok ? signed.parse(await answer.json()).signedUrl.replace(prefix, '') : null;
    const error = answer.ok ? null : 'Either the object does not exist or you do not have access to it';
    entries.push({ path: name, signedURL, error });
  }
  return Response.json(entries);
}

async function signOne(server: Answer, request: Request, name: 'url' | 'signedURL'): Promise<Response> {
  const answer = await server(request);
  if (!answer.ok) return answer;
  const { signedUrl, ...rest } = signed.parse(await answer.json());
  return Response.json({ ...rest, [name]: signedUrl.replace(prefix, '') });
}
