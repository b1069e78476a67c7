/**
 * A failure that a client is told about: a join's `reason` is `Code: text`, a `system` message carries the
 * text alone. Codes and texts are the hosted service's.
 */
export class RealtimeError extends Error {
  readonly code: string | null;

  constructor(code: string | null, text: string) {
    super(text);
    this.name = 'RealtimeError';
    this.code = code;
  }

  /** What the reply to a refused join says. */
  get reason(): string {
    return this.code === null ? this.message : `${this.code}: ${this.message}`;
  }
}

/** The database is away; trying again may help. */
export const databaseUnavailable = () =>
  new RealtimeError('UnableToConnectToProject', 'Realtime was unable to connect to the project database');

export const unauthorizedRead = (channel: string) =>
  new RealtimeError(
    'Unauthorized',
    `You do not have permissions to read from this Channel topic: ${channel}`,
  );

const connectionErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  '57P01', // terminated by an administrator: a restart
  '57P02', // crash of another backend
  '57P03', // starting up or shutting down
  '08000',
  '08003',
  '08006',
]);

/** Whether a database error means that the connection, not the statement, failed. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (connectionErrors.has(sqlState(error))) return true;
  return /connection terminated|connection ended|not queryable|client was closed/i.test(error.message);
}

/** The SQLSTATE or system error code of a database error, or an empty string. */
function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Translates a database error into what a client may know of it.
 * @returns null when the statement itself failed, which the caller has to judge
 */
export function databaseError(error: unknown): RealtimeError | null {
  if (error instanceof RealtimeError) return error;
  if (isConnectionError(error)) return databaseUnavailable();
  switch (sqlState(error)) {
    case '53300':
      return new RealtimeError(
        'DatabaseLackOfConnections',
        "Database can't accept more connections, Realtime won't connect",
      );
    case '57014':
      return new RealtimeError('QueryCanceled', 'Query was cancelled, please try again');
    case '23514':
      return new RealtimeError(
        'MissingPartition',
        'Realtime was unable to find the expected messages partition',
      );
  }
  if (error instanceof Error && error.message.includes('timeout exceeded when trying to connect'))
    return new RealtimeError('IncreaseConnectionPool', 'Please increase your connection pool size');
  return null;
}
