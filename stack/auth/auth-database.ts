import pg from 'pg';
import { authErrorOf } from './auth-error.ts';

/** Runs statements; either each by itself or within one transaction. */
export interface Queries {
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
}

/** The tables of the auth server, as its own role. Throws `AuthError` for what the input provoked. */
export class AuthDatabase implements Queries {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 4, idleTimeoutMillis: 30_000 });
    // A lost idle connection is replaced by the next query; unheard, the event would end the process.
    this.#pool.on('error', () => undefined);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row>(sql, values)).rows;
    } catch (error) {
      throw authErrorOf(error);
    }
  }

  /** All statements of `work`, or none when it throws. */
  async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      const result = await work({
        query: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
          (await client.query<Row>(sql, values)).rows,
      });
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw authErrorOf(error);
    } finally {
      client.release();
    }
  }
}
