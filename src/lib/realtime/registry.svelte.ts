import type { RealtimeChannel, RealtimeClient } from '@supabase/realtime-js';
import { connectionStatus, type ChannelState, type ConnectionStatus } from './connection';
import { parseEvent, type RealtimeEvent } from './events';
import { readPresence, type PresentPerson } from './presence';
import { hasPresence, type Topic } from './topics';

/** The part of the client that the registry uses. */
export type ChannelClient = Pick<
  RealtimeClient,
  'channel' | 'removeChannel' | 'connect' | 'disconnect' | 'isConnected' | 'setAuth'
>;

export interface ChannelListener {
  event?: (event: RealtimeEvent) => void;
  presence?: (people: PresentPerson[]) => void;
  /**
   * Runs after each subscription, the first included: what happened before it was not heard. The status stays at
   * "catching up" until it has settled.
   */
  catchUp?: () => Promise<unknown> | undefined;
}

/** One component's share of a channel. */
export interface ChannelHandle {
  /** Broadcasts to the others on the topic; dropped while the channel is down, as it would be stale later. */
  send: (event: string, payload: Record<string, unknown>) => void;
  /** Says that this person is here; repeated by itself after a reconnect. */
  track: (payload: Record<string, unknown>) => void;
  leave: () => void;
}

interface Entry {
  channel: RealtimeChannel | null;
  state: ChannelState;
  listeners: Set<ChannelListener>;
  tracked: Record<string, unknown> | null;
}

/** A page change often means leave and join again at once; the channel survives that. */
const LINGER_MS = 2_000;

/**
 * The one owner of all channels of a page. The client hands out one channel per topic whoever asks, so components never
 * hold one: they listen here, and a channel lives as long as somebody does.
 */
export class ChannelRegistry {
  readonly #client: ChannelClient;
  readonly #userId: string;
  readonly #entries = new Map<Topic, Entry>();
  #online = true;
  #catchingUp = 0;
  #started: Promise<void> | null = null;
  #closing: Promise<unknown> | null = null;
  #status = $state<ConnectionStatus>('catching_up');

  constructor(client: ChannelClient, userId: string) {
    this.#client = client;
    this.#userId = userId;
  }

  /** Reactive. */
  get status(): ConnectionStatus {
    return this.#status;
  }

  listen(topic: Topic, listener: ChannelListener): ChannelHandle {
    const known = this.#entries.get(topic);
    const entry = known ?? { channel: null, state: 'joining', listeners: new Set(), tracked: null };
    entry.listeners.add(listener);
    if (known) this.#greet(entry, listener);
    else {
      this.#entries.set(topic, entry);
      void this.#open(topic, entry);
    }
    return {
      send: (event, payload) => this.#send(entry, event, payload),
      track: (payload) => this.#track(entry, payload),
      leave: () => this.#leave(topic, entry, listener),
    };
  }

  /** Hangs up: the network is gone, or the page is being left. */
  suspend(): void {
    if (!this.#online) return;
    this.#online = false;
    for (const entry of this.#entries.values()) this.#drop(entry);
    this.#closing = this.#client.disconnect();
    this.#update();
  }

  /** Connects again with a fresh token and joins everything anew, as nothing of the old connection can be trusted. */
  async resume(): Promise<void> {
    if (this.#online) return;
    this.#online = true;
    this.#update();
    // While the old socket is closing, the client would not open a new one.
    await this.#closing;
    await this.#openAll();
  }

  /** A new connection, because the old one may be dead without anybody having noticed. */
  reconnect(): void {
    if (!this.#online) return;
    for (const entry of this.#entries.values()) this.#drop(entry);
    this.#closing = this.#client.disconnect();
    this.#update();
    void this.#closing.then(() => this.#openAll());
  }

  /** Joins everything anew on the same connection: the server asks again who may hear what. */
  rejoin(): void {
    for (const entry of this.#entries.values()) this.#drop(entry);
    void this.#openAll();
  }

  /** Leaves everything for good. */
  close(): void {
    this.suspend();
    this.#entries.clear();
  }

  async #openAll(): Promise<void> {
    this.#started = null;
    await Promise.all([...this.#entries].map(([topic, entry]) => this.#open(topic, entry)));
  }

  async #open(topic: Topic, entry: Entry): Promise<void> {
    // Without the token in place the first join would be refused and repeated a second later.
    this.#started ??= this.#client.setAuth().catch(() => undefined);
    await this.#started;
    if (!this.#online || entry.channel || this.#entries.get(topic) !== entry) return;
    const presence = hasPresence(topic);
    const channel = this.#client.channel(topic, {
      config: {
        private: true,
        broadcast: { self: false, ack: false },
        ...(presence ? { presence: { enabled: true, key: this.#userId } } : {}),
      },
    });
    entry.channel = channel;
    entry.state = 'joining';
    channel.on('broadcast', { event: '*' }, (message) => this.#receive(entry, message));
    if (presence) channel.on('presence', { event: 'sync' }, () => this.#announcePresence(entry));
    channel.subscribe((status, error) => this.#changed(topic, entry, channel, status, error));
    this.#update();
  }

  #changed(topic: Topic, entry: Entry, channel: RealtimeChannel, status: string, error?: Error): void {
    if (entry.channel !== channel) return;
    if (status === 'SUBSCRIBED') this.#joined(entry);
    else if (status === 'CLOSED') this.#reopen(topic, entry);
    else entry.state = /unauthorized|permission/i.test(error?.message ?? '') ? 'denied' : 'errored';
    this.#update();
  }

  #joined(entry: Entry): void {
    entry.state = 'joined';
    if (entry.tracked) void entry.channel?.track(entry.tracked);
    for (const listener of entry.listeners) this.#catchUp(listener);
  }

  /** The server closed the channel (token expired, server stopping): the client does not come back by itself. */
  #reopen(topic: Topic, entry: Entry): void {
    this.#drop(entry);
    this.#started = null;
    setTimeout(() => void this.#open(topic, entry), 500 + Math.random() * 1_000);
  }

  #catchUp(listener: ChannelListener): void {
    const work = listener.catchUp?.();
    if (work) this.during(work);
  }

  /** The status stays at "catching up" while this is done. */
  during(work: Promise<unknown>): void {
    this.#catchingUp++;
    this.#update();
    void work
      .catch(() => undefined)
      .finally(() => {
        this.#catchingUp--;
        this.#update();
      });
  }

  #greet(entry: Entry, listener: ChannelListener): void {
    if (entry.state !== 'joined') return;
    if (listener.presence) listener.presence(readPresence(entry.channel?.presenceState() ?? {}));
    this.#catchUp(listener);
    this.#update();
  }

  #receive(entry: Entry, message: { event: string; payload?: unknown }): void {
    const event = parseEvent(message.event, message.payload);
    if (event) for (const listener of entry.listeners) listener.event?.(event);
  }

  #announcePresence(entry: Entry): void {
    const people = readPresence(entry.channel?.presenceState() ?? {});
    for (const listener of entry.listeners) listener.presence?.(people);
  }

  #send(entry: Entry, event: string, payload: Record<string, unknown>): void {
    if (entry.state === 'joined') void entry.channel?.send({ type: 'broadcast', event, payload });
  }

  #track(entry: Entry, payload: Record<string, unknown>): void {
    entry.tracked = payload;
    if (entry.state === 'joined') void entry.channel?.track(payload);
  }

  #leave(topic: Topic, entry: Entry, listener: ChannelListener): void {
    entry.listeners.delete(listener);
    setTimeout(() => {
      if (entry.listeners.size > 0 || this.#entries.get(topic) !== entry) return;
      this.#entries.delete(topic);
      this.#drop(entry);
      this.#update();
    }, LINGER_MS);
  }

  #drop(entry: Entry): void {
    const { channel } = entry;
    entry.channel = null;
    entry.state = 'joining';
    if (channel) void this.#client.removeChannel(channel);
    for (const listener of entry.listeners) listener.presence?.([]);
  }

  #update(): void {
    this.#status = connectionStatus({
      online: this.#online,
      connected: this.#client.isConnected(),
      channels: [...this.#entries.values()].map(({ state }) => state),
      catchingUp: this.#catchingUp,
    });
  }
}
