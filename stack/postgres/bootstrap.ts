import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getAuthSchemaSql, getStorageSchemaSql } from '@supabase/lite';
import pg from 'pg';
import { projectRoot } from '../shared/paths.ts';
import type { RolePasswords } from './cluster-options.ts';

export interface BootstrapOptions {
  /** Passwords of the roles that log in; set whenever the bootstrap runs. */
  passwords?: RolePasswords;
}

interface Step {
  name: string;
  sql: string;
}

/**
 * Gives an empty database what a hosted project has before its first migration: roles, schemas, default privileges,
 * extensions, the tables of the auth, storage and realtime servers and the stand-ins for `cron`, `net` and `vault`.
 * Idempotent, all or nothing, and skipped when the database already went through these very files.
 *
 * @param adminUrl connection string of a superuser, to the database to prepare.
 */
export async function bootstrap(adminUrl: string, options: BootstrapOptions = {}): Promise<void> {
  const steps = await bootstrapSteps();
  const passwords = Object.entries(options.passwords ?? {}).sort();
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([steps, passwords]))
    .digest('hex');
  const mark = `Bootstrapped ${fingerprint.slice(0, 32)}`;

  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query<{ mark: string | null }>(
      `select shobj_description(oid, 'pg_database') as mark from pg_database where datname = current_database()`,
    );
    if (found.rows[0]?.mark === mark) return;
    await client.query('set client_min_messages = warning');
    await client.query('begin');
    for (const step of steps) await apply(client, step);
    for (const [role, password] of passwords) {
      await client.query(`alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`);
    }
    await client.query(
      `do $$ begin execute format('comment on database %I is %L', current_database(), '${mark}'); end $$`,
    );
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function apply(client: pg.Client, step: Step): Promise<void> {
  try {
    if (await isInstalled(client, standIn.exec(step.sql)?.[1])) return;
    await client.query(step.sql);
  } catch (error) {
    const position = error instanceof pg.DatabaseError ? Number(error.position) : NaN;
    const line = Number.isNaN(position) ? '' : `:${step.sql.slice(0, position).split('\n').length}`;
    throw new Error(`${step.name}${line}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** The first line of a file that replaces an extension which the embedded Postgres does not carry. */
const standIn = /^-- Stands in for the extension (\w+)/;

/** A Postgres of one's own may have the extension itself, and then keeps it. */
async function isInstalled(client: pg.Client, extension: string | undefined): Promise<boolean> {
  if (extension === undefined) return false;
  const found = await client.query('select from pg_extension where extname = $1', [extension]);
  return found.rowCount !== 0;
}

/** The files in the order they apply: own files by name, with the servers' tables after the schemas; then realtime's. */
async function bootstrapSteps(): Promise<Step[]> {
  const own = await sqlFiles('stack/postgres/sql');
  const servers: Step[] = [
    { name: 'tables of the auth server', sql: getAuthSchemaSql() },
    { name: 'tables of the storage server', sql: getStorageSchemaSql() },
  ];
  const before = own.filter((step) => step.name < 'stack/postgres/sql/30');
  const after = own.filter((step) => !before.includes(step));
  return [...before, ...servers, ...after, ...(await sqlFiles('stack/realtime/sql'))];
}

async function sqlFiles(folder: string): Promise<Step[]> {
  const names = await readdir(join(projectRoot, folder)).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map(async (name) => ({
        name: `${folder}/${name}`,
        sql: await readFile(join(projectRoot, folder, name), 'utf8'),
      })),
  );
}
