/** `--demo-keys`: clients written for `supabase start` run unchanged, and only ever on loopback. */
import { createClient } from '@supabase/supabase-js';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../../stack/app/build.ts';
import { demoKeys } from '../../stack/keys/demo-keys.ts';
import { broadcastsOf, joined } from './realtime/channels.ts';
import { refusalOf, startCommand } from './support/start-command.ts';

let folder: string;

beforeAll(async () => {
  await ensureBuilt(() => undefined);
  folder = await mkdtemp(join(tmpdir(), 'tandem-demo-keys-'));
  await chmod(folder, 0o711);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  [['--demo-keys', '--host', '0.0.0.0'], {}],
  [['--host', '::', '--demo-keys'], {}],
  [[], { TANDEM_DEMO_KEYS: '1', TANDEM_HOST: '0.0.0.0' }],
])('%j with %j is refused in one line before anything starts', async (flags, env) => {
  const message = await refusalOf({ data: join(folder, 'never'), flags, env });
  expect(message).toMatch(
    /^--demo-keys .* are refused on (0\.0\.0\.0|::): leave them out, or leave out --host\.$/,
  );
  expect(await readdir(folder)).toEqual([]);
});

/** What such a client has in its code. */
const settings = { auth: { persistSession: false, autoRefreshToken: false } };

test(
  'on loopback a client with the well-known keys signs in, reads, and hears',
  { timeout: 120_000 },
  async () => {
    const product = await startCommand({
      data: join(folder, 'data'),
      flags: ['--host', 'localhost', '--demo-keys', '--no-demo'],
    });
    try {
      const { anon_key: anon, service_role_key: service } = demoKeys();
      for (const url of [product.addresses.api, product.addresses.app]) {
        const account = { email: `${crypto.randomUUID()}@stack.example`, password: crypto.randomUUID() };
        const admin = createClient(url, service, settings);
        expect((await admin.auth.admin.createUser({ ...account, email_confirm: true })).error).toBeNull();

        const client = createClient(url, anon, settings);
        expect((await client.from('profiles').select('id')).error).toMatchObject({ code: '42501' });
        const { data, error } = await client.auth.signInWithPassword(account);
        expect(error).toBeNull();
        const own = await client.from('profiles').select('id');
        expect(own).toMatchObject({ error: null, data: [{ id: data.user?.id }] });

        const channel = client.channel('lobby', { config: { broadcast: { self: true } } });
        const heard = broadcastsOf(channel);
        await joined(channel);
        await channel.send({ type: 'broadcast', event: 'hello', payload: { to: url } });
        expect(await heard.find(({ event }) => event === 'hello')).toMatchObject({ payload: { to: url } });
        await client.removeAllChannels();
      }
      const address = `postgresql://postgres:postgres@127.0.0.1:${product.ports.database}/postgres`;
      const database = new pg.Client({ connectionString: address });
      await database.connect();
      await database.end();
    } finally {
      await product.stop();
    }
  },
);
