import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startCluster, type Cluster } from '../../../stack/postgres/cluster.ts';
import { freePort } from '../../../stack/shared/ports.ts';

/** A throw-away Postgres with the stand-ins for cron, net and vault and nothing else. */
export interface ServicesDatabase {
  adminUrl: string;
  postgresUrl: string;
  /** Stops the server as a crash would and starts it again on the same port and data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const standIns = ['50_cron.sql', '51_net.sql', '52_vault.sql'];

export async function startServicesDatabase(): Promise<ServicesDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-services-'));
  // Postgres may run as another user, who must be able to pass through.
  await chmod(folder, 0o755);
  const port = await freePort();
  const start = (): Promise<Cluster> =>
    startCluster({ dataDir: join(folder, 'postgres'), port, durable: false, passwords: {} });
  let cluster = await start();
  const adminUrl = cluster.url('supabase_admin');

  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`
    create role postgres login createdb createrole replication bypassrls;
    create role anon; create role authenticated; create role service_role bypassrls;
    grant anon, authenticated, service_role to postgres with admin option;
    alter schema public owner to postgres;`);
  await applyStandIns(client);
  await client.end();

  return {
    adminUrl,
    postgresUrl: cluster.url('postgres'),
    restart: async () => {
      await cluster.stop();
      cluster = await start();
    },
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What every start of the stack does. */
export async function applyStandIns(client: Client): Promise<void> {
  for (const file of standIns) {
    await client.query(
      await readFile(new URL(`../../../stack/postgres/sql/${file}`, import.meta.url), 'utf8'),
    );
  }
}

/** A connection that survives the end of its server without ending the tests. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Removes all jobs, requests, answers and secrets. */
export async function emptyStandIns(admin: Client): Promise<void> {
  await admin.query(
    'truncate cron.job, cron.job_run_details, net.http_request_queue, net._http_response, vault.secrets',
  );
}
