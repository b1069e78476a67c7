import type { Connection } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { Kysely, sql, type Transaction } from 'kysely';
import { PostgresJSDialect } from 'kysely-postgres-js';
import type { PostgresType } from 'postgres';
import { noteSqlError, requestHeaders } from './watched-request.ts';
import { toAnswer } from './sql-errors.ts';
import { postgrestValues, serverValues } from './values.ts';

type PostgresConnection = ReturnType<typeof createPostgresConnection>;

/** The connection pools of the servers: each logs in as its own database role, as on a hosted project. */
export interface LiteConnections {
  /** As `authenticator`, which may do nothing until it takes on the role of the request. */
  rest: PostgresConnection;
  auth: PostgresConnection;
  storage: PostgresConnection;
  /** Forgets the tables, columns and functions it knows; called when migrations run beside a running stack. */
  reloadSchema(): Promise<void>;
  close(): Promise<void>;
}

/** Connection strings of the roles the servers log in as. */
export interface ServerUrls {
  admin: string;
  rest: string;
  auth: string;
  storage: string;
}

export function openConnections(urls: ServerUrls): LiteConnections {
  // What exists is looked up by an administrator: the other roles are not shown what they may not touch.
  const catalogue = open(urls.admin, 2, {});
  const rest = open(urls.rest, 12, postgrestValues);
  const auth = open(urls.auth, 6, serverValues);
  const storage = open(urls.storage, 6, serverValues);
  for (const connection of [rest, storage]) {
    tellHeaders(connection);
    connection.introspect = (options) => catalogue.introspect(options);
    connection.viewOptionsMetadata = (view, schema) => catalogue.viewOptionsMetadata(view, schema);
  }
  const all: Connection[] = [catalogue, rest, auth, storage];
  return {
    rest,
    auth,
    storage,
    reloadSchema: async () => {
      await catalogue.clearSchemaCache();
    },
    close: async () => {
      await Promise.all(all.map((connection) => connection.close()));
    },
  };
}

function open(url: string, max: number, types: Record<string, PostgresType>): PostgresConnection {
  const connection = createPostgresConnection({
    url,
    postgresOptions: {
      max,
      idle_timeout: 60,
      connect_timeout: 10,
      onnotice: () => undefined,
      types,
      connection: { application_name: 'tandem-gateway' },
    },
  });
  connection.normalizeDbError = toAnswer;
  connection.kysely = new Kysely({
    dialect: new PostgresJSDialect({ postgres: connection.driver }),
    log: (event) => {
      if (event.level === 'error') noteSqlError(event.error);
    },
  });
  // Left to itself, the first request would grant every table of a schema with policies to the API roles. Here grants
  // come from migrations alone, so the connection is told that this has been seen to.
  if (!Reflect.has(connection, 'rlsState')) {
    throw new Error(
      '@supabase/lite changed how it prepares row-level security; review its grants before upgrading.',
    );
  }
  Reflect.set(connection, 'rlsState', 'active');
  return connection;
}

/**
 * PostgREST and Storage tell the database the headers of every request, in `request.headers`; left to itself, lite does so for
 * calls of functions only.
 */
function tellHeaders(connection: PostgresConnection): void {
  const name = 'applyJwtSessionContext';
  const apply: unknown = Reflect.get(connection, name);
  if (typeof apply !== 'function') {
    throw new Error(
      '@supabase/lite changed how it tells the database about a request; review it before upgrading.',
    );
  }
  Reflect.set(connection, name, async (transaction: Transaction<unknown>, ...more: unknown[]) => {
    await Reflect.apply(apply, connection, [transaction, ...more]);
    const headers = requestHeaders();
    if (headers) {
      await sql`select set_config('request.headers', ${JSON.stringify(headers)}, true)`.execute(transaction);
    }
  });
}
