/** What protocol messages are, whichever version carries them. */

/** Client-chosen reference of a push or of a join. */
export type Ref = string | null;

/** A push whose payload is JSON. */
export interface EventPush {
  readonly kind: 'event';
  readonly joinRef: Ref;
  readonly ref: Ref;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
}

/** A broadcast in binary framing (kind 3): its payload is passed on as it came. */
export interface BroadcastPush {
  readonly kind: 'broadcast';
  readonly joinRef: Ref;
  readonly ref: Ref;
  readonly topic: string;
  readonly userEvent: string;
  readonly encoding: BroadcastEncoding;
  readonly body: Buffer;
}

export type BroadcastEncoding = 'json' | 'binary';

export type Push = EventPush | BroadcastPush;

/** A message to one socket. */
export interface ServerMessage {
  readonly joinRef: Ref;
  readonly ref: Ref;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
}

export type ReplyStatus = 'ok' | 'error';

/** What `system` messages say about a channel. */
export interface SystemPayload {
  readonly extension: 'system' | 'postgres_changes';
  readonly status: ReplyStatus;
  readonly message: string;
  /** The topic without `realtime:`. */
  readonly channel: string;
}

/** One version of the wire format. */
export interface Serializer {
  readonly version: '1.0.0' | '2.0.0';
  /** @throws MalformedFrame */
  decode(data: Buffer, isBinary: boolean): Push;
  /** JSON text of a message. */
  encode(message: ServerMessage): string;
}

/** A frame that is not a message. It is dropped; the socket lives. */
export class MalformedFrame extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'MalformedFrame';
  }
}

/** Parses the JSON of a text frame. */
export function parseFrame(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    throw new MalformedFrame('the frame is not JSON');
  }
}

/** References are texts or absent; other clients send numbers. */
export function toRef(value: unknown): Ref {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new MalformedFrame('a reference is neither a text nor null');
}
