import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { bootstrap } from './postgres/bootstrap.ts';
import { type Cluster, startCluster } from './postgres/cluster.ts';
import { migrate } from './postgres/migrate.ts';
import { freePort, freeStackPorts } from './shared/ports.ts';

/** Connection strings to one database of a throw-away cluster. */
export interface TestDatabaseUrls {
  /** As `supabase_admin`, the superuser. */
  adminUrl: string;
  /** As `postgres`, the role that migrations run as. */
  postgresUrl: string;
}

export interface TestDatabase extends TestDatabaseUrls {
  /** Makes a database of its own from the migrated one, in some ten milliseconds. */
  clone(): Promise<TestDatabaseUrls & { drop(): Promise<void> }>;
  stop(): Promise<void>;
}

/**
 * Starts a throw-away Postgres with the bootstrap and every migration applied, and the seed when asked for. The
 * migrated database stays untouched; each test file works in a clone of it.
 */
export async function startTestDatabase(options: { seed?: boolean } = {}): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-test-'));
  // As root, Postgres runs as another account that has to pass through.
  await chmod(folder, 0o711);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const cluster = await startCluster({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    durable: false,
    passwords: {},
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await cluster.stop();
    await remove();
  };
  try {
    await bootstrap(cluster.url('supabase_admin'));
    await migrate({ url: cluster.url('postgres'), seed: options.seed ?? false, home: folder });
  } catch (error) {
    await stop();
    throw error;
  }
  let clones = 0;
  return {
    ...urlsOf(cluster, 'postgres'),
    clone: () => cloneDatabase(cluster, `clone_${++clones}`),
    stop,
  };
}

function urlsOf(cluster: Cluster, database: string): TestDatabaseUrls {
  return {
    adminUrl: cluster.url('supabase_admin', database),
    postgresUrl: cluster.url('postgres', database),
  };
}

async function cloneDatabase(
  cluster: Cluster,
  name: string,
): Promise<TestDatabaseUrls & { drop(): Promise<void> }> {
  await maintain(cluster, async (client) => {
    await client.query(`create database ${name} template postgres owner postgres strategy file_copy`);
    // Settings of a database do not come along with its template.
    await client.query(`alter database ${name} set search_path = "$user", public, extensions`);
    await client.query(`alter database ${name} set pgrst.db_schemas = 'public'`);
  });
  return {
    ...urlsOf(cluster, name),
    drop: () => maintain(cluster, (client) => client.query(`drop database ${name} with (force)`)),
  };
}

async function maintain(cluster: Cluster, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.url('supabase_admin', 'template1') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

export interface TestStack {
  /** Base address of the API. */
  url: string;
  publishableKey: string;
  secretKey: string;
  anonKey: string;
  serviceRoleKey: string;
  jwtSecret: string;
  adminUrl: string;
  postgresUrl: string;
  mailUrl: string;
  studioUrl: string;
  stop(): Promise<void>;
}

/** Starts the whole stack on free ports with throw-away data; the seed only when asked for. */
export async function startTestStack(
  options: { seed?: boolean; projectDir?: string; log?: (line: string) => void } = {},
): Promise<TestStack> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-stack-'));
  await chmod(folder, 0o711);
  const { startStack } = await import('./main.ts');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const stack = await startStack({
      dataDir: join(folder, 'data'),
      ...(await freeStackPorts()),
      siteUrl: 'http://127.0.0.1:3000',
      demo: options.seed ?? false,
      durable: false,
      ...(options.projectDir && { projectDir: options.projectDir }),
      ...(options.log && { log: options.log }),
    });
    return {
      url: stack.url,
      publishableKey: stack.keys.publishable_key,
      secretKey: stack.keys.secret_key,
      anonKey: stack.keys.anon_key,
      serviceRoleKey: stack.keys.service_role_key,
      jwtSecret: stack.keys.jwt_secret,
      adminUrl: stack.adminUrl,
      postgresUrl: stack.databaseUrl,
      mailUrl: stack.mailUrl,
      studioUrl: stack.studioUrl,
      stop: async () => {
        await stack.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
