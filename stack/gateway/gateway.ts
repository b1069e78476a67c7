import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FunctionsServer } from '../functions/functions.ts';
import type { Answer } from '../lite/servers.ts';
import type { RealtimeServer } from '../realtime/server.ts';
import type { LimitedAnswer } from './auth-limits.ts';
import { type AddressRule, clientAddress } from './client-address.ts';
import { corsHeaders, isPreflight, preflightHeaders } from './cors.ts';
import { answered, MalformedRequest, exchangeRefusal, sendWebResponse } from './web-exchange.ts';

export interface GatewayOptions {
  rest: LimitedAnswer;
  auth: LimitedAnswer;
  storage: Answer;
  realtime: RealtimeServer;
  functions: FunctionsServer;
  /** Largest upload in bytes, as config.toml sets it. */
  fileSizeLimit: number;
  /** How the address of a client is found. */
  addressRule: AddressRule;
  log: (line: string) => void;
}

/** One origin for all services, told apart by the first part of the path. */
export interface Gateway {
  /** Whether the path belongs to a service. */
  serves(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The address of the client that a request comes from. */
  clientAddress(request: IncomingMessage): string;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const mebibyte = 2 ** 20;
/** What a multipart upload adds around the file. */
const multipartAllowance = 64 * 1024;

export function createGateway(options: GatewayOptions): Gateway {
  const services: { prefix: string; answer: LimitedAnswer; limit: number }[] = [
    { prefix: '/rest/v1', answer: options.rest, limit: 20 * mebibyte },
    { prefix: '/auth/v1', answer: options.auth, limit: mebibyte },
    { prefix: '/storage/v1', answer: options.storage, limit: options.fileSizeLimit + multipartAllowance },
  ];

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = addressOf(request);
    // A function answers preflights itself, as hosted.
    if (belongs(url.pathname, '/functions/v1') && (await options.functions.handleRequest(request, response)))
      return;
    if (isPreflight(request)) return void response.writeHead(204, preflightHeaders(request)).end();
    if (belongs(url.pathname, '/realtime/v1') && (await options.realtime.handleRequest(request, response)))
      return;
    const service = services.find(({ prefix }) => belongs(url.pathname, prefix));
    if (!service) return refuse(response, 404, 'no Route matched with those values');
    for (const [name, value] of Object.entries(corsHeaders)) response.setHeader(name, value);
    if (!methods.includes(request.method ?? '')) return refuse(response, 405, 'Method not allowed');
    const address = clientAddress(request, options.addressRule);
    const answer: Answer = (web) => service.answer(web, address);
    await sendWebResponse(await answered(request, url, service.limit, answer), response);
  }

  const prefixes = [...services.map(({ prefix }) => prefix), '/realtime/v1', '/functions/v1'];
  return {
    clientAddress: (request) => clientAddress(request, options.addressRule),
    serves: (path) => prefixes.some((prefix) => belongs(path, prefix)),
    handle: async (request, response) => {
      try {
        await route(request, response);
      } catch (error) {
        const refusal = exchangeRefusal(error);
        if (refusal) return refuse(response, refusal.status, refusal.message);
        options.log(`gateway: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        refuse(response, 500, 'Internal error');
      }
    },
    handleUpgrade: (request, socket, head) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      // `/socket/websocket` is where a self-hosted Realtime server has it.
      if (['/realtime/v1', '/socket'].some((prefix) => belongs(path, prefix)))
        return options.realtime.handleUpgrade(request, socket, head);
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    },
  };
}

function belongs(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function addressOf(request: IncomingMessage): URL {
  try {
    // The host is never used to decide anything; a forged one must not make the address unreadable.
    const url = new URL(`http://gateway.local${request.url?.startsWith('/') ? request.url : '/'}`);
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    throw new MalformedRequest('The address is malformed');
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ code: status, message });
  if (status === 413) hearOut(response.req);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...corsHeaders,
    })
    .end(body);
}

/** How long a client may go on sending what has been refused already. */
const patienceMs = 10_000;

/**
 * Reads on without keeping anything: a client whose connection ends while it sends learns of a broken pipe instead of
 * why it was refused. One that goes on for long is cut off.
 */
function hearOut(request: IncomingMessage): void {
  const cutOff = setTimeout(() => request.destroy(), patienceMs).unref();
  request.once('close', () => clearTimeout(cutOff)).resume();
}
