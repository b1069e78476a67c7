import type { AuthorizationSubject } from './authorization.ts';
import { FramedBroadcast, TextBroadcast, type Broadcast } from './broadcast.ts';
import type { ChangeSubscription } from './changes/subscription.ts';
import type { Bus, BusMember, PresenceDiffMessage } from './bus.ts';
import { RealtimeError } from './errors.ts';
import type { JoinConfig } from './join-config.ts';
import { RateWindow } from './limits.ts';
import { describe } from './logger.ts';
import type { BroadcastPush, EventPush, Push, Ref, SystemPayload } from './messages.ts';
import { handlePresence } from './channel-presence.ts';
import { refreshToken } from './channel-token.ts';
import type { Permissions } from './permissions.ts';
import { replayed, type Replay, type StoredBroadcast } from './replay.ts';
import type { RealtimeSocket } from './socket.ts';
import type { Snapshot } from './snapshot.ts';
import { expiredToken, type VerifiedToken } from './tokens.ts';
import { isDeeperThan, isRecord, maxNesting } from './values.ts';
import { textFrame } from './wire-frame.ts';

interface ChannelOptions {
  readonly channel: string;
  readonly config: JoinConfig;
  readonly token: VerifiedToken;
  readonly tokenText: string;
  readonly permissions: Readonly<Permissions>;
}

/** One topic joined by one socket, from its join to its leave. */
export class Channel implements BusMember {
  readonly socket: RealtimeSocket;
  /** With `realtime:`. */
  readonly topic: string;
  /** Without `realtime:`. */
  readonly name: string;
  readonly joinRef: Ref;
  readonly config: JoinConfig;
  readonly bus: Bus;
  readonly presenceCalls: RateWindow;
  permissions: Permissions;
  token: VerifiedToken;
  tokenText: string;
  presenceEnabled: boolean;
  /** JSON of what this channel tracks, or null. */
  tracked: string | null = null;
  /** Its subscription to changes of tables, if it asked for any. */
  changes: ChangeSubscription | null = null;
  /** What comes before the join is answered; frames are changes. */
  #held: (Broadcast | Buffer)[] | null = [];
  /** What the replay covered: its commits may still be on their way through the stream. */
  #replayed: Snapshot | null = null;
  #presenceStale = false;
  #closed = false;

  constructor(socket: RealtimeSocket, join: EventPush, options: ChannelOptions) {
    this.socket = socket;
    this.topic = join.topic;
    this.name = options.channel;
    this.joinRef = join.joinRef ?? join.ref;
    this.config = options.config;
    this.token = options.token;
    this.tokenText = options.tokenText;
    this.permissions = { ...options.permissions };
    this.presenceEnabled = options.config.presence.enabled;
    const { limits, buses, expiry } = socket.context;
    this.presenceCalls = new RateWindow(limits.presenceCallsPerWindow, limits.presenceWindowMs);
    this.bus = buses.join(this.topic, this.config.isPrivate, this);
    socket.channels.set(this.topic, this);
    expiry.watch(this, this.token.expiresAt);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get subject(): AuthorizationSubject {
    return { channel: this.name, token: this.token, headersJson: this.socket.connection.headersJson };
  }

  /** Follows the join's reply: system messages, presence state, replay, then what came meanwhile. */
  start(replay: Replay | null): void {
    if (this.config.broadcast.replicationReady) void this.#announceReplication();
    this.sendPresenceState();
    if (replay) {
      this.#replayed = replay.snapshot;
      for (const stored of replay.messages) this.#replay(stored);
    }
    const held = this.#held ?? [];
    this.#held = null;
    for (const one of held) {
      if (Buffer.isBuffer(one)) this.sendChange(one);
      else this.deliver(one);
    }
  }

  get awaitsChanges(): boolean {
    return this.socket.listensToChanges;
  }

  deliver(broadcast: Broadcast): void {
    if (this.#closed) return;
    if (!this.permissions.readBroadcast) return;
    if (this.#held) {
      this.#held.push(broadcast);
      return;
    }
    if (broadcast.transactionId !== null && this.#replayed?.saw(broadcast.transactionId)) return;
    const frame = broadcast.frame(this.socket.version);
    if (frame) this.socket.sendDroppable(frame);
  }

  /** Sends a change, which is never dropped: a client must not miss one without knowing. */
  sendChange(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#held) this.#held.push(frame);
    else this.socket.sendFrame(frame);
  }

  deliverPresence({ topic, diff, frames }: PresenceDiffMessage): void {
    if (this.permissions.readPresence !== true || this.#held) return;
    if (this.#presenceStale) {
      this.sendPresenceState();
      return;
    }
    const { serializer } = this.socket.connection;
    let frame = frames.get(serializer.version);
    if (!frame) {
      frame = textFrame(
        serializer.encode({ joinRef: null, ref: null, topic, event: 'presence_diff', payload: diff }),
      );
      frames.set(serializer.version, frame);
    }
    // A client that lost a diff would be wrong from then on, so it gets the whole state next.
    if (!this.socket.sendDroppable(frame)) this.#presenceStale = true;
  }

  sendPresenceState(): void {
    if (!this.presenceEnabled || this.permissions.readPresence !== true) return;
    this.#presenceStale = false;
    this.#push('presence_state', this.bus.presence.state());
  }

  /** Handles a message for a joined channel. */
  receive(push: Push): void | Promise<void> {
    if (push.kind === 'broadcast') return this.#broadcast(push);
    switch (push.event) {
      case 'broadcast':
        return this.#broadcast(push);
      case 'presence':
        return handlePresence(this, push);
      case 'access_token':
        return refreshToken(this, push.payload);
      default:
        this.socket.context.logger.debug('ignored a message of an unknown type');
    }
  }

  reply(push: Push, status: 'ok' | 'error', response: unknown): void {
    this.socket.reply({ joinRef: this.joinRef, ref: push.ref, topic: this.topic }, status, response);
  }

  system(
    status: SystemPayload['status'],
    message: string,
    extension: SystemPayload['extension'] = 'system',
  ): void {
    this.#push('system', {
      extension,
      status,
      message,
      channel: this.name,
    } satisfies SystemPayload);
  }

  /** Answers a leave and is gone. */
  leave(ref: Ref): void {
    this.socket.reply({ joinRef: this.joinRef, ref, topic: this.topic }, 'ok', {});
    this.close();
  }

  /** Ends the channel for good: the client does not rejoin. */
  close(): void {
    this.#end('phx_close');
  }

  /** Ends the channel as broken: the client rejoins and refetches. */
  crash(): void {
    this.#end('phx_error');
  }

  /** Says why, then ends the channel for good. */
  shutDown(message: string): void {
    this.system('error', message);
    this.close();
  }

  expire(): void {
    this.shutDown(expiredToken(this.token.expiresAt).message);
  }

  /** Takes the channel out of everything, without a word to the client. */
  dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { buses, expiry } = this.socket.context;
    buses.leave(this.topic, this.config.isPrivate, this);
    if (this.tracked !== null && this.bus.members.size > 0)
      this.bus.presence.untrack(this, this.config.presence.key);
    expiry.forget(this);
    this.changes?.end();
    this.socket.removeChannel(this);
  }

  #end(event: 'phx_close' | 'phx_error'): void {
    if (this.#closed) return;
    this.socket.send({ joinRef: this.joinRef, ref: this.joinRef, topic: this.topic, event, payload: {} });
    this.dispose();
  }

  #push(event: string, payload: unknown): void {
    this.socket.send({ joinRef: this.joinRef, ref: null, topic: this.topic, event, payload });
  }

  /** Binary ones go as frames, which 1.0.0 cannot represent; the others as messages of this channel. */
  #replay(stored: StoredBroadcast): void {
    const message = replayed(this.topic, stored);
    if (message.kind === 'message') return this.#push('broadcast', message.payload);
    const frame = message.broadcast.frame(this.socket.version);
    if (frame) this.socket.sendDroppable(frame);
  }

  async #announceReplication(): Promise<void> {
    const live = await this.socket.context.replicationLive(
      this.socket.context.limits.replicationReadyTimeoutMs,
    );
    if (this.#closed) return;
    if (live) this.system('ok', 'Replication connection established');
    else this.shutDown('Replication connection was not established in time');
  }

  #broadcast(push: EventPush | BroadcastPush): void | Promise<void> {
    if (this.permissions.writeBroadcast === null) return this.#authorizeBroadcast(push);
    this.#publish(push);
  }

  async #authorizeBroadcast(push: EventPush | BroadcastPush): Promise<void> {
    try {
      const allowed = await this.socket.context.authorizer.allowed('write', this.subject, ['broadcast']);
      this.permissions.writeBroadcast = allowed.has('broadcast');
    } catch (error) {
      if (!(error instanceof RealtimeError)) throw error;
      this.socket.context.logger.warn(`UnableToHandleBroadcast: ${describe(error)}`);
      return;
    }
    if (!this.#closed) this.#publish(push);
  }

  /** A denied write stays unanswered, as on the hosted server: the sender times out. */
  #publish(push: EventPush | BroadcastPush): void {
    if (this.permissions.writeBroadcast !== true) return;
    const { rates, limits } = this.socket.context;
    if (!rates.messages.allow()) {
      this.shutDown('Too many messages per second');
      return;
    }
    const outgoing = this.#outgoing(push);
    if (!outgoing) return;
    const fits = outgoing.size <= limits.maxPayloadBytes;
    if (fits) this.bus.publish(outgoing.broadcast, this.config.broadcast.self ? null : this);
    if (!this.config.broadcast.ack) return;
    if (fits) this.reply(push, 'ok', {});
    else this.reply(push, 'error', { error: 'payload_size_exceeded' });
  }

  #outgoing(push: EventPush | BroadcastPush): { broadcast: Broadcast; size: number } | null {
    if (push.kind === 'broadcast') {
      const { userEvent, encoding, body } = push;
      return { broadcast: new FramedBroadcast(this.topic, userEvent, encoding, body), size: body.length };
    }
    if (!isRecord(push.payload) || typeof push.payload['event'] !== 'string') {
      this.socket.context.logger.debug('ignored a broadcast without an event name');
      return null;
    }
    if (isDeeperThan(push.payload, maxNesting)) {
      this.socket.context.logger.debug('ignored a broadcast that is nested too deeply');
      return null;
    }
    const broadcast = new TextBroadcast(this.topic, push.payload);
    return { broadcast, size: broadcast.size };
  }
}
