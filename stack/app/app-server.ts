import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Gateway } from '../gateway/gateway.ts';
import { type HttpListener, listen } from '../shared/http-server.ts';
import { isLoopback } from '../shared/local-requests.ts';
import { projectRoot } from '../shared/paths.ts';
import { setStaticHeaders } from './static-headers.ts';

export interface AppOptions {
  host: string;
  port: number;
  gateway: Gateway;
  /** The built request handler; undefined serves the sources with hot reload. */
  handlerFile: string | undefined;
}

export interface AppServer {
  url: string;
  close(): Promise<void>;
}

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

const handlerModule = z.object({
  handler: z.custom<Middleware>((value) => typeof value === 'function', 'has no handler'),
});

/**
 * Serves the app, and below its own origin the API, so that a browser never talks to a second origin. While it listens
 * on loopback only, it answers to loopback's names only: a foreign page cannot reach it under a name of its own.
 */
export async function startApp(options: AppOptions): Promise<AppServer> {
  const { gateway, host, port } = options;
  let app: Middleware | undefined;
  const restricted = isLoopback(host);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (restricted && !isLoopback(hostnameOf(request))) {
      response.writeHead(421, { 'content-type': 'text/plain' }).end('This address is not served here.\n');
      return;
    }
    if (gateway.serves(pathOf(request))) {
      // Below the app's own origin nobody guesses that an answer might be a page.
      response.setHeader('x-content-type-options', 'nosniff');
      return gateway.handle(request, response);
    }
    // In development Vite serves scripts that are pages of their own kind, and says what they may do.
    if (options.handlerFile) setStaticHeaders(response, pathOf(request));
    if (!app) {
      response.writeHead(503, { 'retry-after': '1' }).end('The app is still starting.\n');
      return;
    }
    request.headers['x-tandem-protocol'] = 'http';
    request.headers['x-tandem-address'] = gateway.clientAddress(request);
    app(request, response, () => response.writeHead(404).end());
  };
  if (options.handlerFile) app = await builtApp(options.handlerFile);
  const listener = await listen({
    name: 'the app',
    host,
    port,
    flag: '--port',
    handle,
    handleUpgrade: (request, socket, head) => {
      const allowed = !restricted || isLoopback(hostnameOf(request));
      if (allowed && gateway.serves(pathOf(request))) gateway.handleUpgrade(request, socket, head);
      else if (options.handlerFile || !allowed) socket.destroy();
    },
  });
  const development = options.handlerFile ? undefined : await developmentApp(listener);
  app ??= development?.middleware;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      await development?.close();
      await listener.close();
    },
  };
}

async function builtApp(file: string): Promise<Middleware> {
  // Each instance tells the handler itself which protocol it speaks; behind a proxy with TLS, ORIGIN says more.
  process.env['PROTOCOL_HEADER'] ??= 'x-tandem-protocol';
  // The gateway has found the address by the operator's ADDRESS_HEADER; the handler reads its variable while it loads.
  const { ADDRESS_HEADER: declared } = process.env;
  process.env['ADDRESS_HEADER'] = 'x-tandem-address';
  try {
    return handlerModule.parse(await import(pathToFileURL(file).href)).handler;
  } finally {
    if (declared === undefined) delete process.env['ADDRESS_HEADER'];
    else process.env['ADDRESS_HEADER'] = declared;
  }
}

/** Vite in this process, sharing the listener for its hot reload. */
async function developmentApp(
  listener: HttpListener,
): Promise<{ middleware: Middleware; close(): Promise<void> }> {
  const { createServer } = await import('vite');
  const vite = await createServer({
    root: projectRoot,
    server: { middlewareMode: true, ws: { server: listener.server } },
  });
  return {
    // Looked up each time: a changed setting restarts Vite with another one.
    middleware: (request, response, next) => vite.middlewares(request, response, next),
    close: () => vite.close(),
  };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] ?? '/';
}

function hostnameOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
