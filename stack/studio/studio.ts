import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '@supabase/lite';
import { answered, exchangeRefusal, sendWebResponse } from '../gateway/web-exchange.ts';
import type { LiteConnections } from '../lite/connections.ts';
import { listen } from '../shared/http-server.ts';
import { refusalOfForeignRequest } from '../shared/local-requests.ts';

const longestBodyBytes = 10 * 1024 * 1024;

/** The studio needs its own files, the catalogue and the tables; signing in and files are not part of it. */
const servedServices = /^\/(_system|rest\/v1)(\/|$)/;
const otherServices = /^\/(auth|storage|functions|realtime|graphql)\/v1(\/|$)/;

const contentTypes: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.ico': 'image/x-icon',
};

const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface StudioOptions {
  port: number;
  /** Connections of the REST server, which may take on the role `service_role`. */
  connections: Pick<LiteConnections, 'rest'>;
  schemas: string[];
  log?: (line: string) => void;
}

export interface Studio {
  url: string;
  stop(): Promise<void>;
}

/**
 * The database browser that comes with `@supabase/lite`, for administrators of this machine. It sees and changes
 * everything `service_role` may, without a password; therefore it has an address of its own, on loopback only, and
 * answers neither to other names nor to pages of other sites. The API itself has no such mode.
 *
 * @throws StackError when the port is taken.
 */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const log = options.log ?? (() => undefined);
  const files = await readFiles();
  let opening: Promise<App> | undefined;

  const listener = await listen({
    name: 'Studio',
    host: '127.0.0.1',
    port: options.port,
    flag: '--studio-port',
    handle: async (request, response) => {
      try {
        await answer(request, response);
      } catch (error) {
        const refusal = exchangeRefusal(error);
        if (!refusal) log(`studio: ${String(error)}`);
        if (response.headersSent) response.destroy();
        else if (refusal) send(response, refusal.status, refusal.message);
        else send(response, 500, 'Studio could not answer. The log of the stack says why.');
      }
    },
  });
  const address = listener.server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  const origin = `http://127.0.0.1:${port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('content-security-policy', pagePolicy);
    const refusal = refusalOfForeignRequest(request, port);
    if (refusal) return send(response, 403, refusal);
    const url = URL.canParse(request.url ?? '', origin) ? new URL(request.url ?? '', origin) : undefined;
    if (!url || url.origin !== origin) return send(response, 400, 'This is no address of Studio.');

    if (url.pathname.startsWith('/static/')) return sendFile(response, files.get(url.pathname));
    if (otherServices.test(url.pathname)) return send(response, 404, 'This service answers on the API only.');
    if (!servedServices.test(url.pathname) && request.method !== 'GET')
      return send(response, 405, 'Use GET.');
    // The page opens seldom: the server behind it is made on the first visit, and again after a failure.
    const app = await (opening ??= createApp(options).catch((error: unknown) => {
      opening = undefined;
      throw error;
    }));
    const result = await answered(request, url, longestBodyBytes, async (asked) => {
      // Keys and tokens would take the place of the administrator's role.
      for (const name of ['apikey', 'authorization']) asked.headers.delete(name);
      return app.fetch(asked, { peerAddress: request.socket.remoteAddress ?? null });
    });
    await sendWebResponse(url.pathname === '/_system/info' ? await withoutSecrets(result) : result, response);
  }

  return { url: origin, stop: () => listener.close() };
}

async function createApp({ connections, schemas }: StudioOptions): Promise<App> {
  process.env['LITE_TELEMETRY'] = '0';
  const { App } = await import('@supabase/lite');
  const app = new App({
    connection: connections.rest,
    api: { schemas },
    auth: { enabled: false },
    db: { migrations: { enabled: false } },
    studio: { enabled: true },
    options: { server: { admin: true, apiKeys: false } },
  });
  await app.init();
  return app;
}

/** Studio is told how the server logs in to the database, password included, and needs none of it. */
async function withoutSecrets(answer: Response): Promise<Response> {
  const info: unknown = await answer.json();
  if (typeof info !== 'object' || info === null) return Response.json({});
  return Response.json({ ...info, connection: { url: 'postgresql://127.0.0.1/postgres' } });
}

interface StaticFile {
  content: Buffer;
  contentType: string;
}

/** The built page inside the package: a dozen files, held in memory, so that no path of a request reaches the disk. */
async function readFiles(): Promise<Map<string, StaticFile>> {
  const manifest = createRequire(import.meta.url).resolve('@supabase/lite/dist/manifest.json');
  const root = dirname(dirname(manifest));
  const names = await readdir(root, { recursive: true });
  const files = new Map<string, StaticFile>();
  for (const name of names) {
    const contentType = contentTypes[extname(name)];
    if (!contentType) continue;
    files.set(`/static/${name.replaceAll('\\', '/')}`, {
      content: await readFile(join(root, name)),
      contentType,
    });
  }
  return files;
}

function sendFile(response: ServerResponse, file: StaticFile | undefined): void {
  if (!file) return send(response, 404, 'There is no such file.');
  response.writeHead(200, {
    'content-type': file.contentType,
    'content-length': file.content.length,
    'cache-control': 'private, max-age=3600',
  });
  response.end(file.content);
}

function send(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(message);
}
