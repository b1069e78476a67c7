/**
 * Every limit of the server. Names and texts follow the hosted service; the defaults are generous, because
 * a local server has one tenant, and the delays that protect a shared service are off.
 */
export interface RealtimeLimits {
  /** Largest frame a socket may send, in bytes. A larger one closes the socket with 1009. */
  readonly maxFrameBytes: number;
  /** Largest payload of one broadcast or presence object, in bytes. */
  readonly maxPayloadBytes: number;
  /** A socket that sends no frame for this long is closed. */
  readonly idleTimeoutMs: number;
  /** A socket without a channel for this long is closed. */
  readonly emptySocketTimeoutMs: number;
  /** Wait before a refused handshake is answered. */
  readonly refusalDelayMs: number;
  /** Wait before a refused join is answered. */
  readonly joinErrorDelayMs: number;
  /** Open sockets; the next handshake is refused. */
  readonly maxConnectedUsers: number;
  readonly maxJoinsPerSecond: number;
  readonly maxChannelsPerSocket: number;
  /** Broadcasts received by the server per second, over all sockets and REST. */
  readonly maxMessagesPerSecond: number;
  readonly maxPresenceMessagesPerSecond: number;
  /** Presence calls one channel may make within the window. */
  readonly presenceCallsPerWindow: number;
  readonly presenceWindowMs: number;
  /** Changes of presence within this time after a diff become one diff. */
  readonly presenceCoalesceMs: number;
  /** Refuse public channels. */
  readonly privateOnly: boolean;
  /** Most messages a join may have replayed. */
  readonly maxReplayedMessages: number;
  /** How long a channel that asked for `replication_ready` waits for the stream. */
  readonly replicationReadyTimeoutMs: number;
  /** Bytes waiting for one socket above which broadcasts and presence for it are dropped. */
  readonly dropAboveBufferedBytes: number;
  /** Bytes waiting for one socket above which it is cut off; the client reconnects and refetches. */
  readonly cutAboveBufferedBytes: number;
  /** Bindings of Postgres Changes that all channels of one socket may have. */
  readonly maxBindingsPerSocket: number;
  /** Shortest time after which a channel asks again for changes that it could not have; up to twice as long. */
  readonly changesRetryMs: number;
  /** How often tables and rights are compared with those that subscriptions were checked against. */
  readonly changesRecheckMs: number;
  /** Longest time that comparing rows with filters in the database may take before the slow filter is taken out. */
  readonly filterTimeoutMs: number;
  /** Connections that ask who may see changed rows. */
  readonly lookUpConnections: number;
  /** How long the policies may take for one person's claims; who takes longer is asked to rejoin. */
  readonly lookUpTimeoutMs: number;
  /** How long finding out who may see a row may take altogether, with everything that is waited for. */
  readonly judgementTimeoutMs: number;
  /** Bytes of one transaction collected before it is delivered in parts. */
  readonly maxTransactionBytes: number;
  /** Bytes of transactions on their way to clients above which no more of the log is read. */
  readonly pauseAboveBytes: number;
}

export const defaultLimits: RealtimeLimits = {
  maxFrameBytes: 5_000_000,
  maxPayloadBytes: 3_000_000,
  idleTimeoutMs: 60_000,
  emptySocketTimeoutMs: 600_000,
  refusalDelayMs: 0,
  joinErrorDelayMs: 0,
  maxConnectedUsers: 10_000,
  maxJoinsPerSecond: 2_500,
  maxChannelsPerSocket: 100,
  maxMessagesPerSecond: 10_000,
  maxPresenceMessagesPerSecond: 2_000,
  presenceCallsPerWindow: 300,
  presenceWindowMs: 30_000,
  presenceCoalesceMs: 50,
  privateOnly: false,
  maxReplayedMessages: 25,
  replicationReadyTimeoutMs: 60_000,
  dropAboveBufferedBytes: 1_000_000,
  cutAboveBufferedBytes: 8_000_000,
  maxBindingsPerSocket: 20_000,
  changesRetryMs: 5_000,
  changesRecheckMs: 5_000,
  filterTimeoutMs: 500,
  lookUpConnections: 4,
  lookUpTimeoutMs: 4_000,
  judgementTimeoutMs: 30_000,
  maxTransactionBytes: 32_000_000,
  pauseAboveBytes: 32_000_000,
};

/** Counts events in consecutive windows of equal length and says when a window is full. */
export class RateWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  #startedAt = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(limit: number, windowMs = 1_000) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Whether the current window takes no further event. */
  isFull(now = performance.now()): boolean {
    return now - this.#startedAt < this.#windowMs && this.#count >= this.#limit;
  }

  /**
   * Counts events unless they exceed the limit of the current window.
   * @param now milliseconds on any clock that does not go back
   * @returns whether they were allowed
   */
  allow(events = 1, now = performance.now()): boolean {
    if (now - this.#startedAt >= this.#windowMs) {
      this.#startedAt = now;
      this.#count = 0;
    }
    if (this.#count + events > this.#limit) return false;
    this.#count += events;
    return true;
  }
}
