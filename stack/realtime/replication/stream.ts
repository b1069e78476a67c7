import type { Client } from 'pg';
import type { CommittedTransaction } from '../changes/types.ts';
import { describe, type Logger } from '../logger.ts';
import { Deliveries } from './deliveries.ts';
import { statusUpdate, type ChangeKind, type Relation } from './pgoutput.ts';
import { ensurePublications } from './publications.ts';
import { RecentTransactions } from './recent-transactions.ts';
import { createTemporarySlot, replicationClient } from './slot.ts';
import { TransactionAssembler } from './transaction-assembler.ts';

export interface StreamOptions {
  readonly adminUrl: string;
  readonly maxTransactionBytes: number;
  /** Memory of transactions under way above which nothing more is read. */
  readonly pauseAboveBytes: number;
  readonly logger: Logger;
  /** Whether anybody has a use for such changes; asked for each, so that the others cost nothing. */
  isWanted(relation: Relation, kind: ChangeKind): boolean;
  /** Takes the next transaction, in commit order. Who took it calls {@link ReplicationStream.delivered}. */
  onTransaction(transaction: CommittedTransaction): void;
  /** The stream is live again after it was not: commits of that time were missed. */
  onGap(): void;
}

const statusIntervalMs = 5_000;
const silenceLimitMs = 30_000;
const firstRetryMs = 50;
const slowestRetryMs = 5_000;

/**
 * A temporary replication slot and the connection that owns it. The slot dies with the connection, so nothing
 * piles up in the write-ahead log while this server is away; what was committed meanwhile is not delivered,
 * and {@link StreamOptions.onGap} says so.
 */
export class ReplicationStream {
  readonly #options: StreamOptions;
  readonly #waiting = new Set<(live: boolean) => void>();
  #client: Client | null = null;
  #live = false;
  #wasLive = false;
  #stopped = false;
  #retryMs = firstRetryMs;
  #retryTimer: NodeJS.Timeout | null = null;
  #statusTimer: NodeJS.Timeout | null = null;
  #assembler: TransactionAssembler;
  readonly #deliveries = new Deliveries();
  readonly #recent = new RecentTransactions();
  #lastHeardAt = 0;
  #paused = false;
  #statusDue = false;
  #gaps = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#assembler = this.#newAssembler();
  }

  get isLive(): boolean {
    return this.#live;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** Whether reading waits for transactions under way to be delivered. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** Ids of transactions delivered so lately that new snapshots might not see them yet. */
  readonly recentTransactions = (): number[] => this.#recent.ids();

  /** Acknowledges a transaction: everybody who was to get it has it. Of a lost connection's, nothing comes. */
  delivered(transaction: CommittedTransaction): void {
    if (this.#deliveries.delivered(transaction)) this.#statusSoon();
    if (this.#paused && this.#deliveries.bytes <= this.#options.pauseAboveBytes / 2) this.#resume();
  }

  /**
   * Connects for the first time.
   * @throws the database's error when that fails; later failures are repaired instead
   */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** Resolves with true when live, with false when that takes longer. */
  async whenLive(timeoutMs: number): Promise<boolean> {
    if (this.#live) return true;
    return new Promise((resolve) => {
      const settle = (live: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(live);
      };
      const timer = setTimeout(() => settle(false), timeoutMs);
      timer.unref();
      this.#waiting.add(settle);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    for (const settle of [...this.#waiting]) settle(false);
    const client = this.#client;
    this.#disconnected();
    client?.connection.stream.resume(); // a paused socket never ends
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = replicationClient(this.#options.adminUrl);
    this.#client = client;
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('the connection ended')));
    try {
      await client.connect();
      await ensurePublications(client, this.#options.logger);
      await this.#startReplication(client, await createTemporarySlot(client, this.#options.logger));
    } catch (error) {
      if (this.#client === client) this.#client = null;
      client.connection.stream.destroy();
      throw error;
    }
  }

  /** Resolves when the server has switched to streaming; the query itself ends only with the stream. */
  #startReplication(client: Client, statement: string): Promise<void> {
    return new Promise((resolve, reject) => {
      client.connection.once('replicationStart', () => {
        this.#becameLive(client);
        resolve();
      });
      client.connection.on('copyData', (message: { chunk: Buffer }) => this.#receive(client, message.chunk));
      client.query(statement).then(
        () => this.#lost(client, new Error('the server ended the stream')),
        (error: unknown) => {
          reject(error instanceof Error ? error : new Error(String(error)));
          this.#lost(client, error);
        },
      );
    });
  }

  #becameLive(client: Client): void {
    if (this.#stopped) return;
    this.#live = true;
    this.#retryMs = firstRetryMs;
    this.#lastHeardAt = performance.now();
    this.#statusTimer = setInterval(() => this.#watch(client), statusIntervalMs);
    this.#statusTimer.unref();
    if (this.#wasLive) {
      this.#gaps++;
      this.#options.logger.warn('the replication stream is live again; channels are asked to rejoin');
      this.#options.onGap();
    }
    this.#wasLive = true;
    for (const settle of [...this.#waiting]) settle(true);
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client || this.#stopped) return;
    if (this.#live) this.#options.logger.warn(`the replication stream was lost: ${describe(error)}`);
    else return; // a failed attempt to connect is repeated by whoever made it
    this.#disconnected();
    client.connection.stream.destroy();
    this.#retry();
  }

  #disconnected(): void {
    this.#client = null;
    this.#live = false;
    this.#paused = false;
    this.#assembler = this.#newAssembler();
    this.#deliveries.reset();
    if (this.#statusTimer) clearInterval(this.#statusTimer);
    this.#statusTimer = null;
  }

  #retry(): void {
    const wait = this.#retryMs * (0.5 + Math.random());
    this.#retryMs = Math.min(this.#retryMs * 2, slowestRetryMs);
    this.#retryTimer = setTimeout(() => {
      this.#connect().catch((error: unknown) => {
        const report = `the replication stream could not be opened: ${describe(error)}`;
        if (this.#retryMs < slowestRetryMs) this.#options.logger.debug(report);
        else this.#options.logger.warn(report);
        if (!this.#stopped) this.#retry();
      });
    }, wait);
  }

  /** Reports the position and asks for a sign of life; a server that gives none for long is gone. */
  #watch(client: Client): void {
    // Whoever does not listen cannot call the other silent.
    if (this.#paused) this.#lastHeardAt = performance.now();
    if (performance.now() - this.#lastHeardAt > silenceLimitMs)
      this.#lost(client, new Error('the server is silent'));
    else this.#sendStatus(client, true);
  }

  #receive(client: Client, chunk: Buffer): void {
    if (this.#client !== client) return;
    this.#lastHeardAt = performance.now();
    try {
      if (chunk[0] === 0x77 /* w: a piece of the log */) this.#assembler.accept(chunk.subarray(25));
      else if (chunk[0] === 0x6b /* k: keep-alive */) this.#keepAlive(client, chunk);
    } catch (error) {
      this.#lost(client, error);
    }
  }

  /** With nothing half-received or under way, everything up to the server's position counts as delivered. */
  #keepAlive(client: Client, chunk: Buffer): void {
    if (!this.#assembler.isInside) this.#deliveries.passed(chunk.readBigUInt64BE(1));
    if (chunk[17] === 1) this.#sendStatus(client, false);
  }

  #newAssembler(): TransactionAssembler {
    const { maxTransactionBytes } = this.#options;
    return new TransactionAssembler({
      maxTransactionBytes,
      isWanted: (relation, kind) => this.#options.isWanted(relation, kind),
      emit: (transaction, bytes) => this.#emit(transaction, bytes),
      onCommit: (endLsn) => {
        this.#deliveries.passed(endLsn);
        // A stop of Postgres waits for this.
        this.#statusSoon();
      },
    });
  }

  #emit(transaction: CommittedTransaction, bytes: number): void {
    this.#recent.add(transaction.id);
    this.#deliveries.add(transaction, bytes);
    this.#pauseWhenFull();
    try {
      this.#options.onTransaction(transaction);
    } catch (error) {
      this.#options.logger.error('delivering a transaction failed', error);
      this.delivered(transaction);
    }
  }

  /** The socket's own buffer fills then, and Postgres waits; reports of the position go on, so it stays patient. */
  #pauseWhenFull(): void {
    if (this.#paused || this.#deliveries.bytes <= this.#options.pauseAboveBytes) return;
    this.#paused = true;
    this.#client?.connection.stream.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#client?.connection.stream.resume();
  }

  /** One report for all that is delivered in this turn of the event loop. */
  #statusSoon(): void {
    if (this.#statusDue) return;
    this.#statusDue = true;
    setImmediate(() => {
      this.#statusDue = false;
      if (this.#client && this.#live) this.#sendStatus(this.#client, false);
    });
  }

  #sendStatus(client: Client, replyRequested: boolean): void {
    const { stream } = client.connection;
    if (stream.writable) stream.write(statusUpdate(this.#deliveries.position, replyRequested));
  }
}
