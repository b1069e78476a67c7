import type { BroadcastEncoding, Serializer } from './messages.ts';
import { encodeBroadcast } from './serializer-v2.ts';
import { textFrame, wireFrame } from './wire-frame.ts';

/** Metadata that comes with a database broadcast. */
export interface BroadcastMeta {
  readonly id: string;
  readonly replayed?: true;
}

type Version = Serializer['version'];

/**
 * A broadcast on its way out. Its frame is built once per protocol version, on first use, and shared by all
 * receivers.
 */
export abstract class Broadcast {
  readonly topic: string;
  /** The transaction that committed it (32 bits), for broadcasts from the database. */
  readonly transactionId: number | null;
  readonly #frames = new Map<Version, Buffer | null>();

  protected constructor(topic: string, transactionId: number | null) {
    this.topic = topic;
    this.transactionId = transactionId;
  }

  /** The frame for receivers of a version; null when that version cannot carry this broadcast. */
  frame(version: Version): Buffer | null {
    let frame = this.#frames.get(version);
    if (frame === undefined) {
      frame = version === '2.0.0' ? this.encodeV2() : this.encodeV1();
      this.#frames.set(version, frame);
    }
    return frame;
  }

  protected abstract encodeV1(): Buffer | null;
  protected abstract encodeV2(): Buffer | null;
}

/** A broadcast that receivers of 2.0.0 get in binary framing; its payload is never parsed again. */
export class FramedBroadcast extends Broadcast {
  readonly #event: string;
  readonly #encoding: BroadcastEncoding;
  readonly #body: Buffer;
  readonly #meta: BroadcastMeta | null;

  /** @param topic with `realtime:` */
  constructor(
    topic: string,
    event: string,
    encoding: BroadcastEncoding,
    body: Buffer,
    meta: BroadcastMeta | null = null,
    transactionId: number | null = null,
  ) {
    super(topic, transactionId);
    this.#event = event;
    this.#encoding = encoding;
    this.#body = body;
    this.#meta = meta;
  }

  protected encodeV1(): Buffer | null {
    return this.#encoding === 'binary' ? null : textFrame(`${this.#textHead('1.0.0')}}`);
  }

  protected encodeV2(): Buffer | null {
    const meta = this.#meta === null ? '' : JSON.stringify(this.#meta);
    const bytes = encodeBroadcast(this.topic, this.#event, meta, this.#encoding, this.#body);
    if (bytes !== null) return wireFrame(bytes, 'binary');
    // Names too long for the binary header still fit a text frame; a binary payload does not.
    return this.#encoding === 'binary' ? null : textFrame(`${this.#textHead('2.0.0')}]`);
  }

  /** The frame as JSON text without its last bracket, with the payload's JSON spliced in unparsed. */
  #textHead(version: Version): string {
    const meta = this.#meta === null ? '' : `,"meta":${JSON.stringify(this.#meta)}`;
    const payload = `{"type":"broadcast","event":${JSON.stringify(this.#event)},"payload":${this.#body.toString()}${meta}}`;
    const topic = JSON.stringify(this.topic);
    return version === '1.0.0'
      ? `{"topic":${topic},"event":"broadcast","ref":null,"payload":${payload}`
      : `[null,null,${topic},"broadcast",${payload}`;
  }
}

/** A broadcast that came as a JSON message and leaves as one, in both versions. */
export class TextBroadcast extends Broadcast {
  readonly #payload: string;

  /**
   * @param topic with `realtime:`
   * @param payload `{event, payload, …}`; `type` is set
   */
  constructor(topic: string, payload: Record<string, unknown>) {
    super(topic, null);
    this.#payload = JSON.stringify({ ...payload, type: 'broadcast' });
  }

  /** Size of the message without its addressing, in UTF-16 units. */
  get size(): number {
    return this.#payload.length;
  }

  protected encodeV1(): Buffer {
    return textFrame(
      `{"topic":${JSON.stringify(this.topic)},"event":"broadcast","ref":null,"payload":${this.#payload}}`,
    );
  }

  protected encodeV2(): Buffer {
    return textFrame(`[null,null,${JSON.stringify(this.topic)},"broadcast",${this.#payload}]`);
  }
}
