import { WebSocket, type RawData } from 'ws';
import { Inbox } from './channels.ts';

/** A frame as a plain list, whichever version carried it; binary frames as bytes. */
export type Frame =
  | {
      readonly joinRef: unknown;
      readonly ref: unknown;
      readonly topic: string;
      readonly event: string;
      readonly payload: Record<string, unknown>;
    }
  | { readonly bytes: Buffer };

/** A socket without manners or a library around it. */
export class RawSocket {
  readonly frames = new Inbox<Frame>();
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('message', (data: RawData, isBinary) => this.frames.push(toFrame(data, isBinary)));
    socket.on('error', () => undefined);
  }

  /** @param query e.g. `apikey=…&vsn=2.0.0` */
  static async open(url: string, query: string, path = '/realtime/v1/websocket'): Promise<RawSocket> {
    const raw = new RawSocket(new WebSocket(`${url.replace('http', 'ws')}${path}?${query}`));
    await new Promise<void>((resolve, reject) => {
      raw.#socket.once('open', () => resolve());
      raw.#socket.once('error', reject);
    });
    return raw;
  }

  send(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** Sends a message of protocol 2.0.0. */
  push(joinRef: unknown, ref: unknown, topic: unknown, event: unknown, payload: unknown = {}): void {
    this.send(JSON.stringify([joinRef, ref, topic, event, payload]));
  }

  /** The reply to a reference. */
  async reply(ref: string): Promise<unknown> {
    const frame = await this.frames.find(
      (candidate) => 'event' in candidate && candidate.event === 'phx_reply' && candidate.ref === ref,
      `the reply to ${ref}`,
    );
    return 'event' in frame ? frame.payload : null;
  }

  /** Proves that the socket lives and everything before was handled. */
  async heartbeat(): Promise<void> {
    const ref = `beat ${Math.random()}`;
    this.push(null, ref, 'phoenix', 'heartbeat');
    await this.reply(ref);
  }

  /** Stops reading, as a client that cannot keep up. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.close();
  }
}

function toFrame(data: RawData, isBinary: boolean): Frame {
  const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
  if (isBinary) return { bytes };
  const frame = JSON.parse(bytes.toString());
  if (!Array.isArray(frame))
    return {
      joinRef: 'absent',
      ref: frame.ref,
      topic: frame.topic,
      event: frame.event,
      payload: frame.payload,
    };
  const [joinRef, ref, topic, event, payload] = frame;
  return { joinRef, ref, topic, event, payload };
}

/** Asks for an upgrade that is to be refused. */
export async function refusedUpgrade(
  url: string,
  query: string,
  headers: Record<string, string> = {},
  path = '/realtime/v1/websocket',
): Promise<{ status: number | undefined; body: unknown }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}?${query}`, { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('The upgrade was accepted.')));
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) }),
      );
    });
  });
}

/** A broadcast in binary framing, with any field to spoil. */
export function broadcastPush(
  fields: { joinRef?: string; ref?: string; topic: string; event?: string; meta?: string; encoding?: number },
  payload: Buffer | string,
): Buffer {
  const { joinRef = '1', ref = '9', topic, event = 'e', meta = '', encoding = 1 } = fields;
  const texts = [joinRef, ref, topic, event, meta].map((text) => Buffer.from(text));
  return Buffer.concat([
    Buffer.from([3, ...texts.map(({ length }) => length), encoding]),
    ...texts,
    Buffer.from(payload),
  ]);
}
