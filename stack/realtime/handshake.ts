import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RealtimeError } from './errors.ts';
import { serializerV1 } from './serializer-v1.ts';
import { serializerV2 } from './serializer-v2.ts';
import type { Connection } from './socket.ts';
import type { TokenVerifier } from './tokens.ts';
import type { Serializer } from './messages.ts';
import { requestUrl } from './values.ts';

/** A handshake that is answered with an HTTP status instead of a web socket. */
export class HandshakeRefusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

const serializers = new Map<string, Serializer>(
  [serializerV1, serializerV2].map((serializer) => [serializer.version, serializer]),
);

/**
 * Checks protocol version and API key of an upgrade request.
 * @throws HandshakeRefusal
 */
export async function acceptHandshake(request: IncomingMessage, tokens: TokenVerifier): Promise<Connection> {
  const parameters = requestUrl(request.url).searchParams;
  const serializer = serializers.get(parameters.get('vsn') ?? '1.0.0');
  if (!serializer)
    throw new HandshakeRefusal(403, 'The protocol version is not supported; use vsn=1.0.0 or vsn=2.0.0');
  const header = request.headers['x-api-key'];
  const apiKey = (typeof header === 'string' && header) || parameters.get('apikey');
  if (!apiKey) throw new HandshakeRefusal(401, 'API key is missing');
  try {
    const token = await tokens.verify(apiKey);
    return { serializer, apiKey, token, headersJson: policyHeaders(request) };
  } catch (error) {
    if (!(error instanceof RealtimeError)) throw error;
    const expired = error.message.startsWith('Token has expired');
    throw new HandshakeRefusal(401, expired ? 'Token has expired' : error.message);
  }
}

/** The headers policies may look at: those made for applications, never the key. */
export function policyHeaders(request: IncomingMessage): string {
  const visible = Object.entries(request.headers).filter(
    ([name]) => (name.startsWith('x-') && name !== 'x-api-key') || name === 'user-agent',
  );
  return JSON.stringify(Object.fromEntries(visible));
}

/** Answers an upgrade request with an HTTP error. */
export function refuseHandshake(stream: Duplex, { status, message }: HandshakeRefusal): void {
  if (!stream.writable) return;
  const body = JSON.stringify({ error: message });
  stream.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
