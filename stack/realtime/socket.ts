import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Channel } from './channel.ts';
import type { RealtimeContext } from './context.ts';
import { joinChannel } from './join.ts';
import { describe } from './logger.ts';
import { Mailbox } from './mailbox.ts';
import type { Push, Ref, ReplyStatus, Serializer, ServerMessage } from './messages.ts';
import type { VerifiedToken } from './tokens.ts';
import { textFrame } from './wire-frame.ts';

/** What the handshake found out about a connection. */
export interface Connection {
  readonly serializer: Serializer;
  /** The API key or token of the handshake; verified again by every join that brings none of its own. */
  readonly apiKey: string;
  readonly token: VerifiedToken;
  /** JSON object for `request.headers` in policies. */
  readonly headersJson: string;
}

/** Queued messages of one topic above which the socket is not read. */
const longQueue = 64;

/** One client's connection: takes frames apart, hands messages to channels, keeps to its send buffer. */
export class RealtimeSocket {
  readonly channels = new Map<string, Channel>();
  readonly connection: Connection;
  readonly context: RealtimeContext;
  lastFrameAt = performance.now();
  emptySince = performance.now();
  /** Joins that are being decided. */
  joining = 0;
  readonly #webSocket: WebSocket;
  readonly #stream: Duplex;
  readonly #mailboxes = new Map<string, Mailbox>();
  #closed = false;

  /** @param stream the connection under the web socket, for frames that are already framed */
  constructor(webSocket: WebSocket, stream: Duplex, connection: Connection, context: RealtimeContext) {
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.connection = connection;
    this.context = context;
    webSocket.on('message', (data, isBinary) => this.#receive(toBuffer(data), isBinary));
    webSocket.on('ping', () => (this.lastFrameAt = performance.now()));
    // Protocol violations (oversize, bad UTF-8) end in 'close'; without a listener they would end the process.
    webSocket.on('error', (error) => context.logger.debug(`socket error: ${error.message}`));
  }

  get version(): Serializer['version'] {
    return this.connection.serializer.version;
  }

  /** Channels joined or about to be. */
  get channelCount(): number {
    return this.channels.size + this.joining;
  }

  /** Whether one of its channels listens to changes of tables. */
  get listensToChanges(): boolean {
    for (const channel of this.channels.values()) if (channel.changes) return true;
    return false;
  }

  get isOpen(): boolean {
    return !this.#closed && this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  /** Sends one message. Only a socket that is far behind loses it, together with its connection. */
  send(message: ServerMessage): void {
    this.#write(textFrame(this.connection.serializer.encode(message)));
  }

  reply(to: { joinRef: Ref; ref: Ref; topic: string }, status: ReplyStatus, response: unknown): void {
    const { joinRef, ref, topic } = to;
    this.send({ joinRef, ref, topic, event: 'phx_reply', payload: { status, response } });
  }

  /**
   * Sends a shared frame. Only a socket that is far behind loses it, together with its connection. What one turn brings
   * goes out in one piece: handing a frame to the system costs more than everything before.
   */
  sendFrame(frame: Buffer): void {
    if (this.#stream.writableCorked === 0) {
      this.#stream.cork();
      queueMicrotask(() => this.#stream.uncork());
    }
    this.#write(frame);
  }

  /**
   * Sends a shared frame unless the client is behind.
   * @returns whether it was written
   */
  sendDroppable(frame: Buffer): boolean {
    if (this.#stream.writableLength <= this.context.limits.dropAboveBufferedBytes) return this.#write(frame);
    this.context.counters.framesDropped++;
    this.#cutIfFarBehind();
    return false;
  }

  /** Ends the connection with a close code. */
  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  /** Ends the connection without waiting for the client. */
  terminate(): void {
    this.#webSocket.terminate();
  }

  /** Everything that belonged to the connection is gone. To be called once it is closed. */
  dispose(): void {
    this.#closed = true;
    for (const channel of [...this.channels.values()]) channel.dispose();
  }

  removeChannel(channel: Channel): void {
    if (this.channels.get(channel.topic) !== channel) return;
    this.channels.delete(channel.topic);
    if (this.channels.size === 0) this.emptySince = performance.now();
  }

  #write(frame: Buffer): boolean {
    if (!this.isOpen) return false;
    if (this.#cutIfFarBehind()) return false;
    this.#stream.write(frame);
    this.context.counters.framesSent++;
    return true;
  }

  #cutIfFarBehind(): boolean {
    if (this.#stream.writableLength <= this.context.limits.cutAboveBufferedBytes) return false;
    this.context.counters.socketsCut++;
    this.terminate();
    return true;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.lastFrameAt = performance.now();
    let push: Push;
    try {
      push = this.connection.serializer.decode(data, isBinary);
    } catch (error) {
      this.context.counters.malformedFrames++;
      this.context.logger.debug(`dropped a malformed frame: ${describe(error)}`);
      return;
    }
    if (push.topic === 'phoenix' && push.kind === 'event' && push.event === 'heartbeat') {
      this.reply(push, 'ok', {});
      return;
    }
    this.#post(push);
  }

  #post(push: Push): void {
    const mailbox = this.#mailboxes.get(push.topic) ?? new Mailbox();
    mailbox.post(
      () => this.#handleSafely(push),
      () => {
        this.#mailboxes.delete(push.topic);
        if (this.#webSocket.isPaused) this.#webSocket.resume();
      },
    );
    if (mailbox.isIdle) return;
    this.#mailboxes.set(push.topic, mailbox);
    if (mailbox.length >= longQueue && this.isOpen) this.#webSocket.pause();
  }

  #handleSafely(push: Push): void | Promise<void> {
    try {
      return this.#handle(push)?.catch((error: unknown) => this.#crash(push, error));
    } catch (error) {
      this.#crash(push, error);
    }
  }

  #crash(push: Push, error: unknown): void {
    this.context.logger.error(`handling ${push.kind} failed`, error);
    this.channels.get(push.topic)?.crash();
  }

  #handle(push: Push): void | Promise<void> {
    if (this.#closed) return;
    if (push.kind === 'event' && push.event === 'phx_join') return joinChannel(this, push);
    const channel = this.channels.get(push.topic);
    const leaving = push.kind === 'event' && push.event === 'phx_leave';
    if (!channel) {
      if (leaving) this.reply(push, 'ok', {});
      else this.reply(push, 'error', { reason: 'unmatched topic' });
      return;
    }
    if (push.joinRef !== null && push.joinRef !== channel.joinRef) return;
    if (leaving) channel.leave(push.ref);
    else return channel.receive(push);
  }
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
