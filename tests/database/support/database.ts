import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import type { TestDatabaseUrls } from '../../../stack/testing.ts';

/** What Postgres says when it refuses, with the JSON detail of our own errors parsed. */
export interface Refusal {
  /** SQLSTATE: `PT404`, `42501`, … */
  code: string | undefined;
  message: string;
  detail: unknown;
  hint: string | undefined;
}

type Rows<Row> = Promise<Row[]>;

/** Somebody who sends requests. Each one is a transaction of its own, as over REST. */
export interface Requester {
  rows: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Rows<Row>;
  /** The one row of a request that must give exactly one. */
  row: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row>;
  /** How many rows a command touched. */
  count: (sql: string, values?: unknown[]) => Promise<number>;
  /** The refusal of a request that must fail. */
  refusal: (sql: string, values?: unknown[]) => Promise<Refusal>;
  /** An open transaction, to see what concurrent ones do to each other. */
  begin: () => Promise<OpenTransaction>;
}

interface OpenTransaction {
  query: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<pg.QueryResult<Row>>;
  commit: () => Promise<void>;
  rollback: () => Promise<void>;
}

/** Whoever a token can speak for. */
export type Claims =
  | { role: 'authenticated'; sub: string; [claim: string]: unknown }
  | { role: 'anon' }
  | { role: 'service_role' };

export class Database {
  readonly #pool: pg.Pool;
  readonly #admin: pg.Pool;
  readonly #drop: () => Promise<void>;
  /** Connection string of the superuser. */
  readonly adminUrl: string;

  private constructor(urls: TestDatabaseUrls, drop: () => Promise<void>) {
    this.#drop = drop;
    this.adminUrl = urls.adminUrl;
    this.#pool = new pg.Pool({ connectionString: urls.postgresUrl, max: 24 });
    this.#admin = new pg.Pool({ connectionString: this.adminUrl, max: 2 });
    // Idle connections learn that the database goes away; by then nobody waits for them.
    for (const pool of [this.#pool, this.#admin]) pool.on('error', () => undefined);
  }

  /** A database that is there, such as a stack's own. Stopping leaves it alone. */
  static at(urls: TestDatabaseUrls): Database {
    return new Database(urls, () => Promise.resolve());
  }

  /** A copy of the migrated database, made in some ten milliseconds. */
  static async start(): Promise<Database> {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await maintain([
      `create database ${name} template postgres owner postgres strategy file_copy`,
      // Settings of a database do not come along with its template.
      `alter database ${name} set search_path = "$user", public, extensions`,
    ]);
    const { adminUrl, postgresUrl } = inject('migrated');
    return new Database(
      { adminUrl: ofDatabase(adminUrl, name), postgresUrl: ofDatabase(postgresUrl, name) },
      () => maintain([`drop database ${name} with (force)`]),
    );
  }

  /** The owner of the schema, whom policies do not bind. */
  get owner(): Requester {
    return requester(this.#pool, undefined);
  }

  /** The superuser, who stands in for the auth and realtime servers. */
  get admin(): Requester {
    return requester(this.#admin, undefined);
  }

  as(claims: Claims): Requester {
    return requester(this.#pool, claims);
  }

  user(person: { id: string }): Requester {
    return this.as({ role: 'authenticated', sub: person.id });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#admin.end()]);
    await this.#drop();
  }
}

/** A database of the test file's own, with every migration applied. */
export function useDatabase(): () => Database {
  let database: Database | undefined;
  beforeAll(async () => {
    database = await Database.start();
  });
  afterAll(() => database?.stop());
  return () => {
    if (!database) throw new Error('The database starts in beforeAll.');
    return database;
  };
}

function ofDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** From a database that is neither template nor copy, since both have to be left alone. */
async function maintain(commands: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: ofDatabase(inject('migrated').adminUrl, 'template1') });
  await client.connect();
  try {
    for (const command of commands) await client.query(command);
  } finally {
    await client.end();
  }
}

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof pg.DatabaseError)) throw error;
  return { code: error.code, message: error.message, detail: parsed(error.detail), hint: error.hint };
}

function parsed(detail: string | undefined): unknown {
  try {
    return JSON.parse(detail ?? 'null');
  } catch {
    return detail;
  }
}

function requester(pool: pg.Pool, claims: Claims | undefined): Requester {
  const begin = () => open(pool, claims);
  const run = async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => {
    const transaction = await begin();
    try {
      const result = await transaction.query<Row>(sql, values);
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
  return {
    begin,
    rows: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await run<Row>(sql, values)).rows,
    row: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => {
      const [row, ...more] = (await run<Row>(sql, values)).rows;
      if (!row || more.length > 0) throw new Error(`One row expected, not ${row ? more.length + 1 : 0}.`);
      return row;
    },
    count: async (sql, values) => (await run(sql, values)).rowCount ?? 0,
    refusal: async (sql, values) => {
      const result = await run(sql, values).catch(refusalOf);
      if ('rows' in result) throw new Error(`Expected a refusal, got ${JSON.stringify(result.rows)}.`);
      return result;
    },
  };
}

async function open(pool: pg.Pool, claims: Claims | undefined): Promise<OpenTransaction> {
  const client = await pool.connect();
  const end = async (command: string) => {
    try {
      await client.query(command);
    } finally {
      client.release();
    }
  };
  await client.query('begin');
  if (claims) {
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify(claims)]);
    await client.query(`set local role ${claims.role}`);
  }
  return {
    query: (sql, values) => client.query(sql, values),
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  };
}
