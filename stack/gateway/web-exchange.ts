import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { createDepthGauge, deepestJson } from './json-depth.ts';

/** The body of a request is larger than its service takes. */
class PayloadTooLarge extends Error {
  override name = 'PayloadTooLarge';
}

/** The request line or the headers cannot be understood. */
export class MalformedRequest extends Error {
  override name = 'MalformedRequest';
}

interface WebRequest {
  request: Request;
  /** Why the body broke off while a service read it, if it did: it was larger or more deeply nested than allowed. */
  refused(): PayloadTooLarge | MalformedRequest | undefined;
}

/**
 * Asks a server of the web's kind to answer a request of Node's.
 *
 * @throws PayloadTooLarge when the body is larger than allowed.
 * @throws MalformedRequest when a header is not one, or JSON is nested too deeply.
 */
export async function answered(
  message: IncomingMessage,
  url: URL,
  limitBytes: number,
  server: (request: Request) => Promise<Response>,
): Promise<Response> {
  const web = toWebRequest(message, url, limitBytes);
  const answer = await server(web.request).catch((error: unknown) => {
    throw web.refused() ?? error;
  });
  const refused = web.refused();
  if (refused) throw refused;
  return answer;
}

/** How a request that could not be passed on is answered; undefined for any other error. */
export function exchangeRefusal(error: unknown): { status: number; message: string } | undefined {
  if (error instanceof PayloadTooLarge) return { status: 413, message: 'The request body is too large' };
  if (error instanceof MalformedRequest) return { status: 400, message: error.message };
  return undefined;
}

/** Its body breaks off once it passes the limit of size or depth. */
function toWebRequest(message: IncomingMessage, url: URL, limitBytes: number): WebRequest {
  const headers = new Headers();
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    try {
      headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '');
    } catch {
      throw new MalformedRequest('A header is malformed');
    }
  }
  const method = message.method ?? 'GET';
  if (method === 'GET' || method === 'HEAD') {
    return { request: new Request(url, { method, headers }), refused: () => undefined };
  }
  if (Number(headers.get('content-length') ?? 0) > limitBytes) throw new PayloadTooLarge();
  let refused: PayloadTooLarge | MalformedRequest | undefined;
  const isShallow = headers.get('content-type')?.includes('json') ? createDepthGauge() : () => true;
  async function* limited(): AsyncGenerator<Buffer> {
    let seen = 0;
    for await (const chunk of message) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('A request body consists of bytes.');
      seen += chunk.length;
      if (seen > limitBytes) refused = new PayloadTooLarge();
      else if (!isShallow(chunk))
        refused = new MalformedRequest(`JSON is nested deeper than ${deepestJson} levels`);
      if (refused) throw refused;
      yield chunk;
    }
  }
  const body = Readable.toWeb(Readable.from(limited(), { objectMode: false }));
  return { request: new Request(url, { method, headers, body, duplex: 'half' }), refused: () => refused };
}

/** Sends a web response through Node's server. Gives up quietly when the client has gone. */
export async function sendWebResponse(answer: Response, response: ServerResponse): Promise<void> {
  const headers: Record<string, string | string[]> = Object.fromEntries(answer.headers);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  response.writeHead(answer.status, headers);
  if (!answer.body || response.req.method === 'HEAD') {
    response.end();
    await answer.body?.cancel();
    return;
  }
  const body: NodeReadableStream = answer.body;
  await pipeline(Readable.fromWeb(body), response).catch(() => response.destroy());
}
