import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { describe, type Logger } from '../logger.ts';
import { decodeMessage, statusUpdate, type Relation, type TupleValue } from './pgoutput.ts';

/** Rows of one committed transaction, in the order they were written. */
export interface CommittedRows {
  /** 32-bit id, as the log has it. */
  readonly transactionId: number;
  readonly rows: readonly InsertedRow[];
}

export interface InsertedRow {
  readonly relation: Relation;
  readonly values: readonly TupleValue[];
}

export interface StreamOptions {
  readonly adminUrl: string;
  readonly publication: string;
  readonly maxTransactionBytes: number;
  readonly logger: Logger;
  /** Delivers rows. Their transaction is acknowledged once this returned. */
  onRows(rows: CommittedRows): void;
  /** The stream is live again after it was not: commits of that time were missed. */
  onGap(): void;
}

const statusIntervalMs = 5_000;
const silenceLimitMs = 30_000;
const firstRetryMs = 50;
const slowestRetryMs = 5_000;
const slowSlotMs = 5_000;
/** How long a commit may be invisible to new snapshots after it was replicated; measured: 17 ms. */
const recentMs = 1_000;

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
  #relations = new Map<number, Relation>();
  #transaction: { id: number; rows: InsertedRow[]; bytes: number } | null = null;
  #delivered = 0n;
  #lastHeardAt = 0;
  readonly #recent: { id: number; at: number }[] = [];
  #gaps = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get isLive(): boolean {
    return this.#live;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** Ids of transactions delivered so lately that new snapshots might not see them yet. */
  readonly recentTransactions = (): number[] => {
    const since = performance.now() - recentMs;
    const firstRecent = this.#recent.findIndex(({ at }) => at >= since);
    this.#recent.splice(0, firstRecent < 0 ? this.#recent.length : firstRecent);
    return this.#recent.map(({ id }) => id);
  };

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
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const url = new URL(this.#options.adminUrl);
    url.searchParams.set('replication', 'database');
    const client = new Client({
      connectionString: url.href,
      application_name: 'tandem_realtime_stream',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    this.#client = client;
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('the connection ended')));
    try {
      await client.connect();
      const slot = `supabase_realtime_messages_${randomBytes(6).toString('hex')}`;
      await this.#createSlot(client, slot);
      await this.#startReplication(client, slot);
    } catch (error) {
      if (this.#client === client) this.#client = null;
      client.connection.stream.destroy();
      throw error;
    }
  }

  /** A slot begins where no older transaction is open, so it may have to wait for one. */
  async #createSlot(client: Client, slot: string): Promise<void> {
    const slow = setTimeout(
      () => this.#options.logger.warn('the replication slot waits for a long transaction to end'),
      slowSlotMs,
    );
    try {
      await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')`);
    } finally {
      clearTimeout(slow);
    }
  }

  /** Resolves when the server has switched to streaming; the query itself ends only with the stream. */
  #startReplication(client: Client, slot: string): Promise<void> {
    return new Promise((resolve, reject) => {
      client.connection.once('replicationStart', () => {
        this.#becameLive(client);
        resolve();
      });
      client.connection.on('copyData', (message: { chunk: Buffer }) => this.#receive(client, message.chunk));
      client
        .query(
          `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '"${this.#options.publication}"')`,
        )
        .then(
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
    this.#transaction = null;
    this.#relations = new Map();
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
    if (performance.now() - this.#lastHeardAt > silenceLimitMs)
      this.#lost(client, new Error('the server is silent'));
    else this.#sendStatus(client, true);
  }

  #receive(client: Client, chunk: Buffer): void {
    if (this.#client !== client) return;
    this.#lastHeardAt = performance.now();
    if (chunk[0] === 0x77 /* w: a piece of the log */) this.#handle(client, chunk.subarray(25));
    else if (chunk[0] === 0x6b /* k: keep-alive */) this.#keepAlive(client, chunk);
  }

  /** With nothing half-received, everything up to the server's position counts as delivered. */
  #keepAlive(client: Client, chunk: Buffer): void {
    const serverLsn = chunk.readBigUInt64BE(1);
    if (this.#transaction === null && serverLsn > this.#delivered) this.#delivered = serverLsn;
    if (chunk[17] === 1) this.#sendStatus(client, false);
  }

  #handle(client: Client, data: Buffer): void {
    const message = decodeMessage(data);
    switch (message.type) {
      case 'relation':
        this.#relations.set(message.relation.id, message.relation);
        return;
      case 'begin':
        this.#transaction = { id: message.transactionId, rows: [], bytes: 0 };
        return;
      case 'insert':
        this.#collect(message.relationId, message.row, data.length);
        return;
      case 'commit':
        this.#deliver();
        this.#transaction = null;
        if (message.endLsn > this.#delivered) this.#delivered = message.endLsn;
        // A stop of Postgres waits for this.
        this.#sendStatus(client, false);
        return;
      case 'other':
    }
  }

  #collect(relationId: number, values: readonly TupleValue[], bytes: number): void {
    const relation = this.#relations.get(relationId);
    if (!relation || !this.#transaction) return;
    this.#transaction.rows.push({ relation, values });
    this.#transaction.bytes += bytes;
    // Version 1 of the protocol sends a transaction after its commit, so a large one may be delivered in parts.
    if (this.#transaction.bytes > this.#options.maxTransactionBytes) this.#deliver();
  }

  #deliver(): void {
    const transaction = this.#transaction;
    if (!transaction || transaction.rows.length === 0) return;
    const { id, rows } = transaction;
    transaction.rows = [];
    transaction.bytes = 0;
    if (this.#recent.at(-1)?.id !== id) this.#recent.push({ id, at: performance.now() });
    if (this.#recent.length > 1_000) this.recentTransactions();
    try {
      this.#options.onRows({ transactionId: id, rows });
    } catch (error) {
      this.#options.logger.error('delivering a transaction failed', error);
    }
  }

  #sendStatus(client: Client, replyRequested: boolean): void {
    const { stream } = client.connection;
    if (stream.writable) stream.write(statusUpdate(this.#delivered, replyRequested));
  }
}
