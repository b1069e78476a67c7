import pg from 'pg';
import { type MigrateOptions, migrate, pendingWork } from './migrate.ts';

export interface RestorableOptions extends MigrateOptions {
  /** Superuser connection string to the same database. */
  adminUrl: string;
}

const snapshotName = 'tandem_before_migration';

/** Puts the database back that an earlier start, killed while it migrated, left half-way. Comes before the bootstrap. */
export async function restoreInterrupted(adminUrl: string): Promise<void> {
  await onMaintenanceDatabase(adminUrl, async (client) => {
    if (await exists(client, snapshotName)) await restore(client, databaseOf(adminUrl));
  });
}

/**
 * Applies what is pending, all of it or nothing: the database is copied first, and the copy takes its place when a
 * statement fails. Nothing pending costs one query.
 *
 * @returns whether anything was applied.
 */
export async function migrateOrRestore(options: RestorableOptions): Promise<boolean> {
  const database = databaseOf(options.adminUrl);
  const pending = await pendingWork(options);
  if (pending.migrations.length === 0 && !pending.seed) return false;

  await onMaintenanceDatabase(options.adminUrl, async (client) => {
    await disconnectOthers(client, database);
    await client.query(
      `create database ${snapshotName} template ${pg.escapeIdentifier(database)} owner postgres strategy file_copy`,
    );
  });
  try {
    await migrate(options);
  } catch (error) {
    await onMaintenanceDatabase(options.adminUrl, (client) => restore(client, database));
    throw error;
  }
  await onMaintenanceDatabase(options.adminUrl, (client) => client.query(`drop database ${snapshotName}`));
  return true;
}

function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

async function onMaintenanceDatabase(
  adminUrl: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const url = new URL(adminUrl);
  url.pathname = '/template1';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function exists(client: pg.Client, database: string): Promise<boolean> {
  const found = await client.query('select from pg_database where datname = $1', [database]);
  return found.rowCount === 1;
}

/** The bootstrap marks the database it prepared; the copy carries no mark, so settings of the database are made anew. */
async function restore(client: pg.Client, database: string): Promise<void> {
  if (await exists(client, database)) {
    await client.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1 and not active`,
      [database],
    );
    await client.query(`drop database ${pg.escapeIdentifier(database)} with (force)`);
  }
  await disconnectOthers(client, snapshotName);
  await client.query(`alter database ${snapshotName} rename to ${pg.escapeIdentifier(database)}`);
}

async function disconnectOthers(client: pg.Client, database: string): Promise<void> {
  await client.query(
    'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [database],
  );
}
