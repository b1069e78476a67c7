import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { secretHeader } from './function-process.ts';

/** Headers that speak of one connection only and are not passed on. */
const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** How host.deno.ts says that the handler threw, with the secret as value so that no function can say it. */
const failureHeader = 'x-function-failed';

const agent = new Agent({ keepAlive: true, maxSockets: Infinity, timeout: 30_000 });

export interface ForwardTarget {
  port: number;
  secret: string;
  /** Path and query as the function shall see them. */
  path: string;
  /** How long the function may take until its answer begins, in milliseconds. */
  answerMs: number;
}

/** How it went: all but `done` leave answering to the caller. */
export type ForwardResult = 'done' | 'threw' | 'failed' | 'silent';

/** Passes a request to a function and streams the answer back as it comes. Never rejects. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: ForwardTarget,
): Promise<ForwardResult> {
  return new Promise((resolve) => {
    let silent = false;
    const upstream = httpRequest({
      agent,
      host: '127.0.0.1',
      port: target.port,
      method: request.method,
      path: target.path,
      headers: requestHeaders(request, target.secret),
    });
    const timer = setTimeout(() => {
      silent = true;
      upstream.destroy();
    }, target.answerMs);
    const settle = (result: ForwardResult): void => {
      clearTimeout(timer);
      resolve(result);
    };

    upstream.on('response', (answer) => {
      clearTimeout(timer);
      if (answer.headers[failureHeader] === target.secret) {
        answer.resume();
        settle('threw');
        return;
      }
      response.writeHead(answer.statusCode ?? 500, responseHeaders(answer.headers, request.method));
      answer.pipe(response);
      answer.on('error', () => settle('failed'));
      response.on('finish', () => settle('done'));
    });
    upstream.on('error', () => settle(silent ? 'silent' : 'failed'));
    // A caller who hangs up takes the request along.
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy();
      settle('done');
    });
    request.on('error', () => upstream.destroy());
    request.pipe(upstream);
  });
}

function requestHeaders(request: IncomingMessage, secret: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !connectionHeaders.has(name)) headers[name] = value;
  }
  const address = (request.socket as Socket | undefined)?.remoteAddress ?? '127.0.0.1';
  const passedOn = request.headers['x-forwarded-for'];
  headers['x-forwarded-for'] = passedOn ? `${String(passedOn)}, ${address}` : address;
  headers[secretHeader] = secret;
  return headers;
}

function responseHeaders(
  from: IncomingHttpHeaders,
  method: string | undefined,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && !connectionHeaders.has(name)) headers[name] = value;
  }
  // Hosted functions cannot serve web pages from the project's own address: HTML arrives as plain text.
  const type = headers['content-type'];
  if (method === 'GET' && typeof type === 'string' && /^text\/html\b/i.test(type)) {
    headers['content-type'] = type.replace(/^text\/html/i, 'text/plain');
  }
  headers['x-served-by'] = 'supabase-edge-runtime';
  return headers;
}
