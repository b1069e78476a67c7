import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { provideDemoPeople } from './demo/demo-people.ts';
import { loadKeys, type Keys } from './keys/keys.ts';
import { type DataDirectory, openDataDirectory, wipeDataDirectory } from './lifecycle/data-directory.ts';
import { lockDataDirectory } from './lifecycle/data-lock.ts';
import { type Undo, undoAll } from './lifecycle/undo.ts';
import { changedSinceApplied } from './postgres/applied-files.ts';
import { bootstrap } from './postgres/bootstrap.ts';
import { type Cluster, startCluster } from './postgres/cluster.ts';
import type { RolePasswords } from './postgres/cluster-options.ts';
import { migrate, pendingWork } from './postgres/migrate.ts';
import { migrateOrRestore, restoreInterrupted } from './postgres/migrate-or-restore.ts';
import { connectOwnDatabase } from './postgres/own-database.ts';
import { readProjectConfig } from './project-config.ts';
import { type ServiceSettings, type Services, startServices } from './services.ts';
import { requirePort } from './shared/http-server.ts';
import { projectRoot } from './shared/paths.ts';

export interface StackOptions extends ServiceSettings {
  dataDir: string;
  dbPort: number;
  /** Whether the seed is applied and its people get passwords. */
  demo: boolean;
  /** Use the CLI's well-known keys instead of this installation's own. */
  demoKeys?: boolean;
  /** Begin with empty data, whatever the directory held. */
  fresh?: boolean;
  /** False only for data that nobody will miss. */
  durable?: boolean;
  /** A Postgres of one's own, see `TANDEM_DATABASE_URL`. */
  databaseUrl?: string;
}

/** A running stack: what `supabase start` would have brought up. */
export interface Stack extends Pick<Services, 'gateway' | 'url' | 'studioUrl' | 'mailUrl' | 'realtime'> {
  keys: Keys;
  /** Connection string of `postgres`, the role that owns the schema. */
  databaseUrl: string;
  /** Connection string of the superuser. */
  adminUrl: string;
  /** File with the demo people, when the demo data are wanted. */
  demoFile: string | undefined;
  /** Resolves with the reason when a part on which all else depends has ended. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the local stack: Postgres, bootstrap, migrations, and the services in front of it, in this order.
 *
 * @throws StackError with one line for the person at the terminal; whatever had started is stopped again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const undo: Undo = [];
  const stop = (): Promise<void> => undoAll(undo);
  try {
    let directory = await openDataDirectory(options.dataDir);
    undo.push({ part: 'the lock', end: await lockDataDirectory(directory.root) });
    if (options.fresh) {
      await wipeDataDirectory(directory);
      directory = await openDataDirectory(options.dataDir);
    }
    await requirePorts(options);
    const config = await readProjectConfig(options.projectDir);
    const needed = !options.databaseUrl && existsSync(join(directory.postgres, 'PG_VERSION'));
    const keys = await loadKeys(directory.keysFile, { demo: options.demoKeys ?? false, needed });

    const cluster = await openDatabase(options, directory, passwordsOf(keys));
    undo.push({ part: 'Postgres', end: () => cluster.stop() });
    await prepareDatabase(options, directory, cluster, passwordsOf(keys));

    const services = await startServices({ ...options, config, keys, cluster, directory });
    undo.push({ part: 'the services', end: () => services.stop(), isWhole: true });
    return {
      ...services,
      keys,
      databaseUrl: cluster.url('postgres'),
      adminUrl: cluster.url('supabase_admin'),
      demoFile: options.demo ? directory.demoFile : undefined,
      ended: cluster.ended.then((reason) => `Postgres ended unexpectedly: ${reason}`),
      stop,
    };
  } catch (error) {
    await stop().catch((failure: unknown) => options.log?.(`while stopping: ${String(failure)}`));
    throw error;
  }
}

async function requirePorts({ apiPort, studioPort, mailPort }: StackOptions): Promise<void> {
  const host = '127.0.0.1';
  await requirePort({ name: 'the API', host, port: apiPort, flag: '--api-port' });
  await requirePort({ name: 'Studio', host, port: studioPort, flag: '--studio-port' });
  await requirePort({ name: 'mail', host, port: mailPort, flag: '--mail-port' });
}

function openDatabase(
  options: StackOptions,
  directory: DataDirectory,
  passwords: RolePasswords,
): Promise<Cluster> {
  if (options.databaseUrl) return connectOwnDatabase(options.databaseUrl, passwords);
  return startCluster({
    dataDir: directory.postgres,
    port: options.dbPort,
    durable: options.durable ?? true,
    passwords,
    ...(options.log && { log: options.log }),
  });
}

async function prepareDatabase(
  options: StackOptions,
  directory: DataDirectory,
  cluster: Cluster,
  passwords: RolePasswords,
): Promise<void> {
  const adminUrl = cluster.url('supabase_admin');
  const migration = {
    url: cluster.url('postgres'),
    seed: options.demo,
    home: directory.cliHome,
    ...(options.projectDir && { workdir: options.projectDir }),
  };
  if (options.databaseUrl) {
    // Others may be working in a database of one's own: it is not copied and swapped under them.
    const { supabase_admin: _, postgres: __, ...ours } = passwords;
    await bootstrap(adminUrl, { passwords: ours });
    const pending = await pendingWork(migration);
    if (pending.migrations.length > 0 || pending.seed) await migrate(migration);
  } else {
    await restoreInterrupted(adminUrl);
    await bootstrap(adminUrl, { passwords });
    await migrateOrRestore({ ...migration, adminUrl });
  }
  const migrationsDir = join(options.projectDir ?? projectRoot, 'supabase', 'migrations');
  for (const name of await changedSinceApplied(migrationsDir, directory.appliedFile)) {
    options.log?.(`${name} changed after it was applied here and is not applied again: --fresh begins anew.`);
  }
  if (options.demo) await provideDemoPeople(adminUrl, directory.demoFile);
}

function passwordsOf(keys: Keys): RolePasswords {
  return {
    supabase_admin: keys.db_admin_password,
    postgres: keys.db_password,
    authenticator: keys.db_admin_password,
    supabase_auth_admin: keys.db_admin_password,
    supabase_storage_admin: keys.db_admin_password,
  };
}
