import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { Authorizer } from './authorization.ts';
import { Buses } from './bus.ts';
import { Catalog } from './changes/catalog.ts';
import { Feed } from './changes/feed.ts';
import { Subscribers } from './changes/subscribers.ts';
import type { ChangeSubscription } from './changes/subscription.ts';
import type { Channel } from './channel.ts';
import type { Counters, RealtimeContext } from './context.ts';
import { Database } from './database.ts';
import { acceptHandshake, HandshakeRefusal, refuseHandshake } from './handshake.ts';
import { defaultLimits, RateWindow, type RealtimeLimits } from './limits.ts';
import { consoleLogger, type Logger } from './logger.ts';
import { PartitionJanitor } from './partitions.ts';
import { Replayer } from './replay.ts';
import { ReplicationStream } from './replication/stream.ts';
import { RestEndpoints } from './rest.ts';
import { RealtimeSocket, type Connection } from './socket.ts';
import { TokenExpiry } from './token-expiry.ts';
import { TokenVerifier, type RealtimeKeys } from './tokens.ts';
import { requestUrl } from './values.ts';

export interface RealtimeOptions {
  /** Connection of a role that may replicate and set any API role: `supabase_admin`. */
  readonly adminUrl: string;
  readonly keys: RealtimeKeys;
  readonly limits?: Partial<RealtimeLimits>;
  readonly logger?: Logger;
}

interface RealtimeStats extends Readonly<Counters> {
  readonly sockets: number;
  readonly channels: number;
  readonly buses: number;
  /** Channels subscribed to changes of tables. */
  readonly changeSubscriptions: number;
  readonly replicationLive: boolean;
  /** Changes that somebody got, and messages that went out for them. */
  readonly changesDelivered: number;
  readonly changeMessages: number;
  readonly changeWindows: number;
  /** Questions about visibility, and the time they took together. */
  readonly lookUps: number;
  readonly lookUpMs: number;
  /** Times the stream came back after a loss. */
  readonly replicationGaps: number;
}

export interface RealtimeServer {
  /** Takes an upgrade request over: `…/websocket`, under any mount point. */
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  /** Serves the HTTP endpoints; resolves to false when the path is not one of them. */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Lets clients go in a way that makes them come back, then frees everything. */
  close(): Promise<void>;
  stats(): RealtimeStats;
}

/** "Service restart": clients reconnect and rejoin by themselves. */
const restartCode = 1012;
const sweepIntervalMs = 5_000;
const closeGraceMs = 1_000;

/**
 * Starts a Realtime server on a database that has `sql/60_realtime.sql`.
 * @throws the database's error when it cannot be reached or lacks the schema
 */
export async function createRealtime(options: RealtimeOptions): Promise<RealtimeServer> {
  const server = new Server(options);
  try {
    await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

class Server implements RealtimeServer {
  readonly #limits: RealtimeLimits;
  readonly #logger: Logger;
  readonly #sockets = new Set<RealtimeSocket>();
  readonly #webSockets: WebSocketServer;
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #stream: ReplicationStream;
  readonly #janitor: PartitionJanitor;
  readonly #context: RealtimeContext;
  readonly #feed: Feed<ChangeSubscription>;
  readonly #rest: RestEndpoints;
  readonly #sweeper: NodeJS.Timeout;
  #shuttingDown = false;

  constructor({ adminUrl, keys, limits, logger = consoleLogger }: RealtimeOptions) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#logger = logger;
    this.#database = new Database(adminUrl, logger);
    this.#janitor = new PartitionJanitor(this.#database, logger);
    this.#stream = new ReplicationStream({
      adminUrl,
      maxTransactionBytes: this.#limits.maxTransactionBytes,
      pauseAboveBytes: this.#limits.pauseAboveBytes,
      logger,
      isWanted: (relation, kind) => this.#feed.isWanted(relation, kind),
      onTransaction: (transaction) => this.#feed.take(transaction),
      onGap: () => this.#onGap(),
    });
    this.#catalog = new Catalog(this.#database, this.#stream.recentTransactions);
    this.#context = this.#createContext(adminUrl, keys);
    this.#feed = new Feed({
      adminUrl,
      database: this.#database,
      catalog: this.#catalog,
      limits: this.#limits,
      logger,
      buses: this.#context.buses,
      matcher: this.#context.changes.subscriptions,
      delivered: (transaction) => this.#stream.delivered(transaction),
      onLoss: () => this.#crashChannels((channel) => channel.changes !== null),
    });
    this.#rest = new RestEndpoints(this.#context);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      maxPayload: this.#limits.maxFrameBytes,
    });
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(sweepIntervalMs, this.#limits.idleTimeoutMs));
    this.#sweeper.unref();
  }

  async start(): Promise<void> {
    await this.#database.query('realtime_schema', `select 'realtime.messages'::regclass`, []);
    await this.#janitor.run();
    await this.#stream.start();
  }

  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const onError = (error: Error) => this.#logger.debug(`a handshake failed: ${error.message}`);
    stream.on('error', onError);
    this.#accept(request)
      .then((connection) => {
        // The token took a moment to verify; meanwhile the server may have begun to stop, or filled up.
        this.#requireRoom();
        stream.off('error', onError);
        if (stream.destroyed) return;
        this.#webSockets.handleUpgrade(request, stream, head, (webSocket) => {
          const socket = new RealtimeSocket(webSocket, stream, connection, this.#context);
          this.#sockets.add(socket);
          webSocket.on('close', () => {
            this.#sockets.delete(socket);
            socket.dispose();
          });
        });
      })
      .catch((error: unknown) => this.#refuse(stream, error));
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    return this.#rest.handle(request, response);
  }

  async close(): Promise<void> {
    if (this.#shuttingDown) return;
    this.#shuttingDown = true;
    clearInterval(this.#sweeper);
    this.#janitor.stop();
    await this.#stream.stop();
    await this.#drainSockets();
    this.#context.expiry.dispose();
    this.#webSockets.close();
    await Promise.all([this.#database.close(), this.#context.changes.close(), this.#feed.close()]);
  }

  stats(): RealtimeStats {
    return {
      ...this.#context.counters,
      ...this.#feed.stats,
      sockets: this.#sockets.size,
      channels: [...this.#sockets].reduce((sum, { channels }) => sum + channels.size, 0),
      buses: this.#context.buses.size,
      changeSubscriptions: this.#context.changes.subscriptions.size,
      replicationLive: this.#stream.isLive,
      replicationGaps: this.#stream.gaps,
    };
  }

  #createContext(adminUrl: string, keys: RealtimeKeys): RealtimeContext {
    const { recentTransactions } = this.#stream;
    const { maxMessagesPerSecond, maxPresenceMessagesPerSecond, maxJoinsPerSecond } = this.#limits;
    return {
      limits: this.#limits,
      logger: this.#logger,
      tokens: new TokenVerifier(keys),
      authorizer: new Authorizer(this.#database, recentTransactions, this.#logger),
      replayer: new Replayer(this.#database, recentTransactions, this.#logger),
      buses: new Buses(this.#limits.presenceCoalesceMs),
      changes: new Subscribers({
        adminUrl,
        catalog: this.#catalog,
        logger: this.#logger,
        recheckIntervalMs: this.#limits.changesRecheckMs,
        compareTimeoutMs: this.#limits.filterTimeoutMs,
        isStreamLive: () => this.#stream.isLive,
      }),
      expiry: new TokenExpiry<Channel>((channel) => channel.expire()),
      rates: {
        messages: new RateWindow(maxMessagesPerSecond),
        presence: new RateWindow(maxPresenceMessagesPerSecond),
        joins: new RateWindow(maxJoinsPerSecond),
      },
      counters: { framesSent: 0, framesDropped: 0, socketsCut: 0, malformedFrames: 0 },
      replicationLive: (timeoutMs) => this.#stream.whenLive(timeoutMs),
      isShuttingDown: () => this.#shuttingDown,
    };
  }

  async #accept(request: IncomingMessage): Promise<Connection> {
    this.#requireRoom();
    const { pathname } = requestUrl(request.url);
    if (!pathname.endsWith('/websocket'))
      throw new HandshakeRefusal(404, 'There is no WebSocket at this path');
    if (this.#context.rates.joins.isFull()) throw new HandshakeRefusal(429, 'Too many joins per second');
    return acceptHandshake(request, this.#context.tokens);
  }

  #requireRoom(): void {
    if (this.#shuttingDown) throw new HandshakeRefusal(503, 'Realtime is restarting, please standby');
    if (this.#sockets.size >= this.#limits.maxConnectedUsers)
      throw new HandshakeRefusal(429, 'Too many connected users');
  }

  async #refuse(stream: Duplex, error: unknown): Promise<void> {
    const refusal = error instanceof HandshakeRefusal ? error : null;
    if (!refusal) this.#logger.error('a handshake failed', error);
    if (this.#limits.refusalDelayMs > 0) await delay(this.#limits.refusalDelayMs, undefined, { ref: false });
    refuseHandshake(stream, refusal ?? new HandshakeRefusal(500, 'Something went wrong'));
  }

  /** Any channel may have missed something, so all are asked to join again. */
  #onGap(): void {
    this.#feed.reset();
    this.#crashChannels(() => true);
  }

  #crashChannels(which: (channel: Channel) => boolean): void {
    for (const { channels } of this.#sockets)
      for (const channel of [...channels.values()]) if (which(channel)) channel.crash();
  }

  #sweep(): void {
    const now = performance.now();
    const { idleTimeoutMs, emptySocketTimeoutMs } = this.#limits;
    for (const socket of this.#sockets) {
      if (now - socket.lastFrameAt > idleTimeoutMs) socket.close(1001, 'idle');
      else if (socket.channelCount === 0 && now - socket.emptySince > emptySocketTimeoutMs)
        socket.close(1001, 'no channels');
    }
  }

  async #drainSockets(): Promise<void> {
    const open = [...this.#sockets];
    for (const socket of open) {
      for (const channel of socket.channels.values()) channel.system('ok', 'Server requested disconnect');
      socket.close(restartCode, 'restart');
    }
    const deadline = performance.now() + closeGraceMs;
    while (this.#sockets.size > 0 && performance.now() < deadline) await delay(10);
    for (const socket of [...this.#sockets]) socket.terminate();
  }
}
