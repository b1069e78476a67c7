import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../shared/http-server.ts';
import { refusalOfForeignRequest } from '../shared/local-requests.ts';
import type { Mailbox } from './mailbox.ts';
import { answerApi } from './mailpit-api.ts';
import type { StoredMail } from './message.ts';

const longestBodyBytes = 1024 * 1024;

const assets: Record<string, { file: string; type: string }> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/mail.css': { file: 'mail.css', type: 'text/css; charset=utf-8' },
  '/mail.js': { file: 'mail.js', type: 'text/javascript; charset=utf-8' },
};

const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A message may show pictures it carries and nothing from elsewhere; its links open in a tab of their own. */
const messagePolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'";

export interface MailWeb {
  port: number;
  stop(): Promise<void>;
}

/**
 * Serves the mailbox's page and its API on loopback.
 *
 * @throws StackError when the port is taken.
 */
export async function startMailWeb(
  port: number,
  mailbox: Mailbox,
  log: (line: string) => void,
): Promise<MailWeb> {
  const listener = await listen({
    name: 'the mail page',
    host: '127.0.0.1',
    port,
    flag: '--mail-port',
    handle: async (request, response) => {
      try {
        await answer(request, response);
      } catch (error) {
        log(`mail: ${String(error)}`);
        if (!response.headersSent) sendJson(response, 500, { Error: 'the mailbox could not answer' });
        else response.destroy();
      }
    },
  });
  const address = listener.server.address();
  const ownPort = typeof address === 'object' && address ? address.port : port;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('cache-control', 'no-store');
    const refusal = refusalOfForeignRequest(request, ownPort);
    if (refusal) return sendJson(response, 403, { Error: refusal });
    const url = new URL(`http://localhost${/^\/[^\s]*$/.test(request.url ?? '') ? request.url : '/'}`);
    const method = request.method ?? 'GET';

    if (method === 'GET' && assets[url.pathname]) return sendAsset(response, url.pathname);
    if (method === 'GET' && url.pathname === '/api/events') return streamChanges(mailbox, response);
    const view = /^\/view\/([a-z0-9]+)\.(html|txt)$/.exec(url.pathname);
    if (method === 'GET' && view) return sendView(response, mailbox.get(view[1] ?? ''), view[2] === 'html');
    if (url.pathname.startsWith('/api/v1/')) {
      const body = await readBody(request);
      if (body === undefined) return sendJson(response, 413, { Error: 'the request is longer than 1 MB' });
      const result = await answerApi(mailbox, method, url, body);
      if (result && 'json' in result) return sendJson(response, result.status, result.json);
      if (result) {
        response.writeHead(result.status, {
          'content-type': result.contentType,
          'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(result.fileName)}`,
          'content-security-policy': messagePolicy,
        });
        response.end(result.bytes);
        return;
      }
    }
    sendJson(response, 404, { Error: 'there is nothing at this address' });
  }

  return { port: ownPort, stop: () => listener.close() };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

async function sendAsset(response: ServerResponse, path: string): Promise<void> {
  const asset = assets[path];
  if (!asset) return;
  const content = await readFile(new URL(`./page/${asset.file}`, import.meta.url));
  response.writeHead(200, { 'content-type': asset.type, 'content-security-policy': pagePolicy });
  response.end(content);
}

function sendView(response: ServerResponse, mail: StoredMail | undefined, asHtml: boolean): void {
  if (!mail) return sendJson(response, 404, { Error: 'message not found' });
  const isHtml = asHtml && mail.html !== '';
  response.writeHead(200, {
    'content-type': `text/${isHtml ? 'html' : 'plain'}; charset=utf-8`,
    'content-security-policy': messagePolicy,
  });
  response.end(isHtml ? `<base target="_blank">${withInlinePictures(mail)}` : mail.text);
}

/** Pictures that a message refers to by `cid:` become data, since nothing may be loaded. */
function withInlinePictures(mail: StoredMail): string {
  let html = mail.html;
  for (const { contentId, contentType, content } of mail.attachments) {
    if (contentId && contentType.startsWith('image/')) {
      html = html.replaceAll(`cid:${contentId}`, `data:${contentType};base64,${content}`);
    }
  }
  return html;
}

/** Server-sent events: one empty event after each change, for pages to look again. */
function streamChanges(mailbox: Mailbox, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  response.write(': connected\n\n');
  const tell = (): void => void response.write('data: change\n\n');
  mailbox.on('change', tell);
  response.on('close', () => mailbox.off('change', tell));
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
