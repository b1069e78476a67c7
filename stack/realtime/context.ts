import type { Authorizer } from './authorization.ts';
import type { Buses } from './bus.ts';
import type { Subscribers } from './changes/subscribers.ts';
import type { Channel } from './channel.ts';
import type { RateWindow, RealtimeLimits } from './limits.ts';
import type { Logger } from './logger.ts';
import type { Replayer } from './replay.ts';
import type { TokenExpiry } from './token-expiry.ts';
import type { TokenVerifier } from './tokens.ts';

/** Counters since the server began. */
export interface Counters {
  framesSent: number;
  framesDropped: number;
  socketsCut: number;
  malformedFrames: number;
}

/** What sockets, channels and the REST endpoints of one server share. */
export interface RealtimeContext {
  readonly limits: RealtimeLimits;
  readonly logger: Logger;
  readonly tokens: TokenVerifier;
  readonly authorizer: Authorizer;
  readonly replayer: Replayer;
  readonly buses: Buses;
  readonly changes: Subscribers;
  readonly expiry: TokenExpiry<Channel>;
  readonly rates: {
    readonly messages: RateWindow;
    readonly presence: RateWindow;
    readonly joins: RateWindow;
  };
  readonly counters: Counters;
  /** Resolves when the replication stream is live, or with false after the time. */
  replicationLive(timeoutMs: number): Promise<boolean>;
  isShuttingDown(): boolean;
}
