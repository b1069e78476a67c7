import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StackOptions, startStack } from '../../stack/main.ts';
import { type Cluster, startCluster } from '../../stack/postgres/cluster.ts';
import { freePort, freeStackPorts } from '../../stack/shared/ports.ts';

let folder: string;
let own: Cluster;
let options: StackOptions;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-own-'));
  await chmod(folder, 0o711);
  own = await startCluster({
    dataDir: join(folder, 'own'),
    port: await freePort(),
    durable: false,
    passwords: {},
  });
  options = {
    dataDir: join(folder, 'data'),
    ...(await freeStackPorts()),
    siteUrl: 'http://127.0.0.1:3000',
    demo: true,
    databaseUrl: own.url('supabase_admin'),
  };
});
afterAll(async () => {
  await own.stop();
  await rm(folder, { recursive: true, force: true });
});

test(
  'a Postgres of one’s own serves in place of the stack’s, and keeps its data',
  { timeout: 120_000 },
  async () => {
    for (const attempt of ['first', 'second']) {
      const stack = await startStack(options);
      const client = createClient(stack.url, stack.keys.secret_key, { auth: { persistSession: false } });
      const name = `Kept from the ${attempt} start`;
      expect((await client.from('organizations').insert({ name, slug: `kept-${attempt}` })).error).toBeNull();
      const users = await client.auth.admin.listUsers();
      expect(users.data.users.length).toBeGreaterThan(0);
      const { data } = await client.from('organizations').select('name').like('slug', 'kept-%');
      expect(data).toHaveLength(attempt === 'first' ? 1 : 2);
      await stack.stop();
    }
  },
);

test.each([
  ['mysql://root@127.0.0.1/x', 'is not of the form postgresql://'],
  ['postgresql://nobody@127.0.0.1:1/x', 'cannot be reached'],
])('%s is refused in words', async (databaseUrl, message) => {
  await expect(startStack({ ...options, databaseUrl })).rejects.toThrow(message);
});
