import type { IncomingMessage, ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { FramedBroadcast, TextBroadcast } from './broadcast.ts';
import type { RealtimeContext } from './context.ts';
import { RealtimeError } from './errors.ts';
import { policyHeaders } from './handshake.ts';
import type { VerifiedToken } from './tokens.ts';
import { isDeeperThan, isRecord, maxNesting, requestUrl } from './values.ts';

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, apikey, content-type, x-client-info',
  'access-control-max-age': '86400',
};

/** An answer other than success. */
class RestError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(`REST ${status}`);
    this.status = status;
    this.body = body;
  }
}

const unauthorized = () => new RestError(401, { message: 'Unauthorized' });
const forbidden = () => new RestError(403, { message: 'Unauthorized' });
const notFound = () => new RestError(404, { message: 'Not Found' });
const tooMany = () => new RestError(429, { message: 'You have exceeded your rate limit' });
const invalid = (errors: Record<string, unknown>) => new RestError(422, { errors });

interface BatchMessage {
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
  readonly isPrivate: boolean;
}

/** The HTTP endpoints: sending broadcasts without a socket, and being asked whether one is alive. */
export class RestEndpoints {
  readonly #context: RealtimeContext;

  constructor(context: RealtimeContext) {
    this.#context = context;
  }

  /** @returns false when the path is not one of Realtime's */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = requestUrl(request.url);
    const path = realtimePath(url.pathname);
    if (path === null) return false;
    try {
      await this.#route(path, url.searchParams, request, response);
    } catch (error) {
      this.#answerError(request, response, error);
    }
    return true;
  }

  async #route(
    path: string,
    parameters: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (request.method === 'OPTIONS') return answer(response, 204);
    if (path === '/api/ping') return answer(response, 200, { message: 'Success' });
    if (path === '/healthcheck') return answer(response, 200, { message: 'ok' });
    const event = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/.exec(path);
    if ((path !== '/api/broadcast' && !event) || request.method !== 'POST') throw notFound();
    const token = await this.#authenticate(request);
    if (event) await this.#sendEvent(decode(event[1]), decode(event[2]), parameters, request, token);
    else await this.#sendBatch(request, token);
    answer(response, 202);
  }

  async #authenticate(request: IncomingMessage): Promise<VerifiedToken> {
    const { authorization, apikey } = request.headers;
    const bearer = /^bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    const token = bearer ?? (typeof apikey === 'string' ? apikey : '');
    try {
      return await this.#context.tokens.verify(token);
    } catch (error) {
      if (error instanceof RealtimeError) throw unauthorized();
      throw error;
    }
  }

  async #sendBatch(request: IncomingMessage, token: VerifiedToken): Promise<void> {
    const body = parseJson(await this.#read(request));
    const messages = this.#checkBatch(body);
    if (!this.#context.rates.messages.allow(messages.length)) throw tooMany();
    const subject = { token, headersJson: policyHeaders(request) };
    const mayWrite = new Map<string, Promise<boolean>>();
    for (const { topic, event, payload, isPrivate } of messages) {
      if (isPrivate) {
        const asked = mayWrite.get(topic) ?? this.#mayWrite({ ...subject, channel: topic });
        mayWrite.set(topic, asked);
        if (!(await asked)) continue;
      }
      this.#context.buses.publish(new TextBroadcast(`realtime:${topic}`, { event, payload }), isPrivate);
    }
  }

  async #sendEvent(
    topic: string,
    event: string,
    parameters: URLSearchParams,
    request: IncomingMessage,
    token: VerifiedToken,
  ): Promise<void> {
    const encoding = payloadEncoding(request);
    const body = await this.#read(request);
    if (encoding === 'json') parseJson(body);
    if (body.length > this.#context.limits.maxPayloadBytes) throw invalid({ payload: [tooLarge] });
    if (!this.#context.rates.messages.allow()) throw tooMany();
    const isPrivate = parameters.get('private') === 'true';
    const subject = { token, headersJson: policyHeaders(request), channel: topic };
    if (isPrivate && !(await this.#mayWrite(subject))) throw forbidden();
    this.#context.buses.publish(new FramedBroadcast(`realtime:${topic}`, event, encoding, body), isPrivate);
  }

  async #mayWrite(subject: Parameters<RealtimeContext['authorizer']['allowed']>[1]): Promise<boolean> {
    return (await this.#context.authorizer.allowed('write', subject, ['broadcast'])).has('broadcast');
  }

  #checkBatch(body: unknown): BatchMessage[] {
    const messages: unknown = isRecord(body) ? body['messages'] : undefined;
    if (!Array.isArray(messages)) throw invalid({ messages: ["can't be blank"] });
    const checked = messages.map((message: unknown) =>
      checkMessage(message, this.#context.limits.maxPayloadBytes),
    );
    const errors = checked.map(({ errors }) => errors);
    if (errors.some((error) => !isDeepStrictEqual(error, {}))) throw invalid({ messages: errors });
    return checked.map(({ message }) => message);
  }

  /** Reads a body of at most one frame's size. */
  async #read(request: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request) {
      if (!Buffer.isBuffer(chunk)) continue;
      length += chunk.length;
      if (length > this.#context.limits.maxFrameBytes) throw invalid({ payload: [tooLarge] });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #answerError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (response.headersSent || response.destroyed) return;
    // What is left of an oversize body is not read, so the connection cannot serve another request.
    if (!request.complete) response.setHeader('connection', 'close');
    if (error instanceof RestError) return answer(response, error.status, error.body);
    if (error instanceof RealtimeError) return answer(response, 503, { message: error.message });
    if (request.destroyed) return;
    this.#context.logger.error('a request failed', error);
    answer(response, 500, { message: 'Something went wrong' });
  }
}

const tooLarge = 'Payload size exceeds tenant limit';

/** The path below the mount point, or null when it is not Realtime's. */
function realtimePath(pathname: string): string | null {
  const mounted = /^\/realtime\/v1(\/.*)?$/.exec(pathname);
  if (mounted) return mounted[1] ?? '/';
  return pathname === '/api/broadcast' || pathname.startsWith('/api/broadcast/') ? pathname : null;
}

function decode(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    throw invalid({ path: ['is not valid percent-encoding'] });
  }
}

function payloadEncoding(request: IncomingMessage): 'json' | 'binary' {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return 'json';
  if (type === 'application/octet-stream') return 'binary';
  throw new RestError(415, { message: 'Unsupported Media Type' });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invalid({ payload: ['is not valid JSON'] });
  }
}

function checkMessage(
  value: unknown,
  maxBytes: number,
): { message: BatchMessage; errors: Record<string, string[]> } {
  const fields = isRecord(value) ? value : {};
  const { topic, event, payload, private: isPrivate } = fields;
  const errors: Record<string, string[]> = {};
  if (typeof topic !== 'string' || topic === '') errors['topic'] = ["can't be blank"];
  if (typeof event !== 'string' || event === '') errors['event'] = ["can't be blank"];
  if (payload === undefined || payload === null) errors['payload'] = ["can't be blank"];
  else if (isDeeperThan(payload, maxNesting)) errors['payload'] = ['is nested too deeply'];
  else if (JSON.stringify(payload).length > maxBytes) errors['payload'] = [tooLarge];
  if (isPrivate !== undefined && isPrivate !== null && typeof isPrivate !== 'boolean')
    errors['private'] = ['is invalid'];
  return {
    message: { topic: String(topic), event: String(event), payload, isPrivate: isPrivate === true },
    errors,
  };
}

function answer(response: ServerResponse, status: number, body?: Record<string, unknown>): void {
  response.writeHead(status, body ? { ...cors, 'content-type': 'application/json; charset=utf-8' } : cors);
  response.end(body ? JSON.stringify(body) : undefined);
}
