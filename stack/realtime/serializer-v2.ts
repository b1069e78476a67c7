import {
  MalformedFrame,
  parseFrame,
  toRef,
  type BroadcastEncoding,
  type Push,
  type Serializer,
} from './messages.ts';

const kinds = { push: 0, broadcastPush: 3, broadcast: 4 } as const;
const encodings = { binary: 0, json: 1 } as const;

/** Protocol 2.0.0: JSON arrays in text frames, broadcasts in binary frames. */
export const serializerV2: Serializer = {
  version: '2.0.0',

  decode(data, isBinary) {
    return isBinary ? decodeBinary(data) : decodeText(data);
  },

  encode({ joinRef, ref, topic, event, payload }) {
    return JSON.stringify([joinRef, ref, topic, event, payload]);
  },
};

function decodeText(data: Buffer): Push {
  const frame = parseFrame(data);
  if (!Array.isArray(frame) || frame.length !== 5)
    throw new MalformedFrame('the frame is not a list of five');
  const [joinRef, ref, topic, event, payload]: unknown[] = frame;
  if (typeof topic !== 'string' || typeof event !== 'string')
    throw new MalformedFrame('topic and event must be texts');
  return { kind: 'event', joinRef: toRef(joinRef), ref: toRef(ref), topic, event, payload };
}

function decodeBinary(data: Buffer): Push {
  switch (data[0]) {
    case kinds.broadcastPush:
      return decodeBroadcastPush(data);
    case kinds.push:
      return decodeGenericPush(data);
    default:
      throw new MalformedFrame(`binary frames of kind ${data[0] ?? 'nothing'} do not exist`);
  }
}

/** Reads consecutive texts whose byte lengths stand in a header. */
class FieldReader {
  readonly #data: Buffer;
  #offset: number;

  constructor(data: Buffer, headerLength: number) {
    if (data.length < headerLength) throw new MalformedFrame('the binary frame ends in its header');
    this.#data = data;
    this.#offset = headerLength;
  }

  size(index: number): number {
    return this.#data[index] ?? 0;
  }

  text(length: number): string {
    const end = this.#offset + length;
    if (end > this.#data.length) throw new MalformedFrame('the binary frame ends in its header');
    const text = this.#data.toString('utf8', this.#offset, end);
    this.#offset = end;
    return text;
  }

  rest(): Buffer {
    return this.#data.subarray(this.#offset);
  }
}

function decodeBroadcastPush(data: Buffer): Push {
  const fields = new FieldReader(data, 7);
  const joinRef = fields.text(fields.size(1)) || null;
  const ref = fields.text(fields.size(2)) || null;
  const topic = fields.text(fields.size(3));
  const userEvent = fields.text(fields.size(4));
  fields.text(fields.size(5)); // metadata: only `persist` is defined, and storing is not offered
  const encoding = decodeEncoding(fields.size(6));
  const body = fields.rest();
  if (encoding === 'json') assertJson(body);
  return { kind: 'broadcast', joinRef, ref, topic, userEvent, encoding, body };
}

/** Phoenix's own binary push. No event of this protocol uses it, so its payload is opaque. */
function decodeGenericPush(data: Buffer): Push {
  const fields = new FieldReader(data, 5);
  return {
    kind: 'event',
    joinRef: fields.text(fields.size(1)) || null,
    ref: fields.text(fields.size(2)) || null,
    topic: fields.text(fields.size(3)),
    event: fields.text(fields.size(4)),
    payload: fields.rest(),
  };
}

function decodeEncoding(code: number): BroadcastEncoding {
  if (code === encodings.json) return 'json';
  if (code === encodings.binary) return 'binary';
  throw new MalformedFrame(`payload encoding ${code} does not exist`);
}

/** One sender's broken JSON would throw in every receiver, so it stops here. */
function assertJson(body: Buffer): void {
  try {
    JSON.parse(body.toString());
  } catch {
    throw new MalformedFrame('the broadcast payload is not JSON');
  }
}

/**
 * Encodes a broadcast to clients (kind 4).
 * @returns null when topic, event or metadata exceed the 255 bytes a header can state
 */
export function encodeBroadcast(
  topic: string,
  event: string,
  meta: string,
  encoding: BroadcastEncoding,
  body: Buffer,
): Buffer | null {
  const texts = [topic, event, meta].map((text) => Buffer.from(text));
  if (texts.some((text) => text.length > 255)) return null;
  const sizes = texts.map((text) => text.length);
  return Buffer.concat([Buffer.from([kinds.broadcast, ...sizes, encodings[encoding]]), ...texts, body]);
}
