import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster } from '../../stack/postgres/cluster.ts';
import { freePort } from '../../stack/shared/ports.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-cluster-'));
  await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a server that ends is not said to have ended of what it refused to clients before', async () => {
  const cluster = await startCluster({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    durable: false,
    passwords: {},
  });
  const stranger = new Client({ connectionString: cluster.url('supabase_admin', 'no_such_database') });
  await expect(stranger.connect()).rejects.toThrow('does not exist');
  process.kill(cluster.pid, 'SIGKILL');
  expect(await cluster.ended).toBe('it ended with SIGKILL');
});
