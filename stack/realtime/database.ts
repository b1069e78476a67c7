import { Pool, type QueryResultRow } from 'pg';
import { databaseError, isConnectionError, RealtimeError } from './errors.ts';
import { describe, type Logger } from './logger.ts';

/**
 * The server's connections for questions (not the stream). Survives restarts of Postgres: connections that
 * died while idle cost one silent repetition, after that failures surface as {@link RealtimeError}.
 */
export class Database {
  readonly #pool: Pool;

  constructor(
    adminUrl: string,
    logger: Logger,
    {
      connections = 8,
      statementTimeoutMs = 10_000,
    }: { connections?: number; statementTimeoutMs?: number } = {},
  ) {
    this.#pool = new Pool({
      connectionString: adminUrl,
      application_name: 'tandem_realtime',
      max: connections,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      statement_timeout: statementTimeoutMs,
      allowExitOnIdle: true,
    });
    this.#pool.on('error', (error) => logger.debug(`an idle connection ended: ${describe(error)}`));
  }

  /**
   * Runs one prepared statement.
   * @param name of the statement, the same for the same text
   * @throws RealtimeError when the database cannot be used; the database's error when the statement failed
   */
  async query<Row extends QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { rows } = await this.#pool.query<Row>({ name, text, values });
        return rows;
      } catch (error) {
        if (attempt === 1 && isConnectionError(error)) continue;
        throw databaseError(error) ?? error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** Whether an error says that the database cannot be used, as opposed to a statement that failed. */
export const isDatabaseRefusal = (error: unknown): error is RealtimeError => error instanceof RealtimeError;
