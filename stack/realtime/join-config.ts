import { randomUUID } from 'node:crypto';
import { isRecord } from './values.ts';

/** What a `phx_join` asks for. */
export interface JoinConfig {
  readonly isPrivate: boolean;
  readonly broadcast: {
    readonly ack: boolean;
    readonly self: boolean;
    readonly replicationReady: boolean;
    /** Unchecked; see parseReplay. */
    readonly replay: unknown;
  };
  readonly presence: { readonly enabled: boolean; readonly key: string };
  /** Bindings of Postgres Changes as the client sent them, nulls dropped. */
  readonly postgresChanges: readonly unknown[];
  /** How long the answer to the join may wait for their subscription; null for not at all. */
  readonly changesWaitMs: number | null;
  /** The token to join with; null means the connection's own. */
  readonly token: string | null;
}

/**
 * Reads the payload of a join. Nothing is refused here: what is missing or of the wrong type takes its
 * default, as the hosted server does.
 */
export function parseJoin(payload: unknown): JoinConfig {
  const join = record(payload);
  const config = record(join['config']);
  const broadcast = record(config['broadcast']);
  const presence = record(config['presence']);
  const postgresChanges: unknown = config['postgres_changes'];
  return {
    isPrivate: flag(config['private']),
    broadcast: {
      ack: flag(broadcast['ack']),
      self: flag(broadcast['self']),
      replicationReady: flag(broadcast['replication_ready']),
      replay: broadcast['replay'],
    },
    presence: { enabled: flag(presence['enabled']), key: presenceKey(presence['key']) },
    postgresChanges: Array.isArray(postgresChanges)
      ? postgresChanges.filter((binding: unknown) => binding !== null)
      : [],
    changesWaitMs: waitFor(record(config['postgres_changes_options'])),
    token: text(join['user_token']) ?? text(join['access_token']),
  };
}

const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function flag(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

const defaultWaitMs = 15_000;
const longestWaitMs = 20_000;

function waitFor({ wait, timeout }: Record<string, unknown>): number | null {
  if (!flag(wait)) return null;
  const isTime = typeof timeout === 'number' && timeout > 0;
  return Math.min(isTime ? Math.ceil(timeout) : defaultWaitMs, longestWaitMs);
}

function presenceKey(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return text(value) ?? randomUUID();
}
