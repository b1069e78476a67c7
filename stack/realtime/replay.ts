import { FramedBroadcast } from './broadcast.ts';
import { isDatabaseRefusal, type Database } from './database.ts';
import { RealtimeError } from './errors.ts';
import { describe, type Logger } from './logger.ts';
import { Snapshot } from './snapshot.ts';
import { isRecord } from './values.ts';

/** What a join wants to hear again. */
export interface ReplayRequest {
  /** Unix time in milliseconds. */
  readonly since: number;
  readonly limit: number;
}

/** A stored broadcast. */
export interface StoredBroadcast {
  readonly id: string;
  readonly event: string | null;
  /** JSON text. */
  readonly payload: string | null;
  readonly binary_payload: Buffer | null;
}

const latestInstant = 8.64e15;

/**
 * Reads `config.broadcast.replay` of a join.
 * @returns null when none was asked for
 * @throws RealtimeError UnableToReplayMessages
 */
export function parseReplay(replay: unknown, isPrivate: boolean, maxMessages: number): ReplayRequest | null {
  if (replay === undefined || replay === null) return null;
  if (!isPrivate)
    throw new RealtimeError('UnableToReplayMessages', 'Replay is not allowed for public channels');
  if (!isRecord(replay)) return null;
  const { since, limit = maxMessages } = replay;
  const valid =
    Number.isInteger(since) &&
    Math.abs(Number(since)) <= latestInstant &&
    Number.isInteger(limit) &&
    Number(limit) > 0;
  if (!valid) throw new RealtimeError('UnableToReplayMessages', 'Replay params are not valid');
  return { since: Number(since), limit: Math.min(Number(limit), maxMessages) };
}

/** What a join hears again, and which commits that covers. */
export interface Replay {
  readonly messages: readonly StoredBroadcast[];
  readonly snapshot: Snapshot;
}

/** A row without an id tells of the snapshot only: there was nothing to repeat. */
type ReplayRow = Omit<StoredBroadcast, 'id'> & { readonly id: string | null; readonly seen_snapshot: string };

const replaySql = `select seen_snapshot, id, event, payload, binary_payload
  from realtime.replay_messages($1, to_timestamp($2::double precision / 1000) at time zone 'utc', $3, $4)`;

/** Reads stored broadcasts. */
export class Replayer {
  readonly #database: Database;
  readonly #recentTransactions: () => readonly number[];
  readonly #logger: Logger;

  constructor(database: Database, recentTransactions: () => readonly number[], logger: Logger) {
    this.#database = database;
    this.#recentTransactions = recentTransactions;
    this.#logger = logger;
  }

  /**
   * @returns the latest private broadcasts of the channel, oldest first
   * @throws RealtimeError UnableToReplayMessages, or that the database cannot be used
   */
  async read(channel: string, { since, limit }: ReplayRequest): Promise<Replay> {
    try {
      const rows = await this.#database.query<ReplayRow>('realtime_replay', replaySql, [
        channel,
        since,
        limit,
        this.#recentTransactions(),
      ]);
      return {
        messages: rows.flatMap(({ id, event, payload, binary_payload }) =>
          id === null ? [] : [{ id, event, payload, binary_payload }],
        ),
        snapshot: new Snapshot(rows[0]?.seen_snapshot ?? ''),
      };
    } catch (error) {
      if (isDatabaseRefusal(error)) throw error;
      this.#logger.warn(`UnableToReplayMessages: ${describe(error)}`);
      throw new RealtimeError('UnableToReplayMessages', 'Realtime was unable to replay messages');
    }
  }
}

/** A stored broadcast as it is sent again. */
export type Replayed =
  | { readonly kind: 'frame'; readonly broadcast: FramedBroadcast }
  | { readonly kind: 'message'; readonly payload: Record<string, unknown> };

/** @param topic with `realtime:` */
export function replayed(topic: string, stored: StoredBroadcast): Replayed {
  const meta = { replayed: true, id: stored.id } as const;
  const event = stored.event ?? '';
  if (stored.binary_payload)
    return {
      kind: 'frame',
      broadcast: new FramedBroadcast(topic, event, 'binary', stored.binary_payload, meta),
    };
  const payload: unknown = stored.payload === null ? null : JSON.parse(stored.payload);
  return { kind: 'message', payload: { type: 'broadcast', event, payload, meta } };
}
