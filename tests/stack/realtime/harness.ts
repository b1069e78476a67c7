import { createServer, type Server } from 'node:http';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { Client } from 'pg';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { bootstrap } from '../../../stack/postgres/bootstrap.ts';
import { startCluster, type Cluster } from '../../../stack/postgres/cluster.ts';
import { createRealtime, type RealtimeServer } from '../../../stack/realtime/server.ts';
import type { RealtimeLimits } from '../../../stack/realtime/limits.ts';
import { freePort } from '../../../stack/shared/ports.ts';

export const keys = {
  publishable: 'sb_publishable_test0000000000000000000_aaaaaaaa',
  secret: 'sb_secret_test00000000000000000000000_bbbbbbbb',
  jwtSecret: 'the-secret-of-this-installation-of-40-ch',
};

/** Warnings are expected in tests that break things. */
const quiet = {
  debug() {},
  warn: (message: string) => {
    if (process.env['REALTIME_TEST_LOG']) console.error(message);
  },
  error: (message: string, cause?: unknown) => console.error(message, cause),
};

/** A bootstrapped database on a throw-away cluster. */
export interface TestCluster {
  readonly adminUrl: string;
  /** Runs statements as the superuser. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestCluster(): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-realtime-'));
  await chmod(folder, 0o711);
  const port = await freePort();
  const launch = (): Promise<Cluster> =>
    startCluster({ dataDir: join(folder, 'postgres'), port, durable: false, passwords: {} });
  let cluster = await launch();
  const adminUrl = cluster.url('supabase_admin');
  await bootstrap(adminUrl);
  const sql = async (text: string, values?: unknown[]): Promise<Record<string, unknown>[]> => {
    const client = new Client({ connectionString: adminUrl });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  // The stream sends what is flushed; without this, commits wait for the background writer's next turn.
  await sql('alter database postgres set synchronous_commit = on');
  return {
    adminUrl,
    sql,
    restart: async () => {
      await cluster.stop();
      cluster = await launch();
    },
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A Realtime server behind a plain HTTP server. */
export interface TestServer {
  readonly url: string;
  readonly realtime: RealtimeServer;
  /** A client of the official library; `close` ends all of them. */
  client(options?: ClientOptions): SupabaseClient;
  /** Stops the server and starts another at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface ClientOptions {
  readonly key?: string;
  readonly token?: string;
  readonly vsn?: '1.0.0' | '2.0.0';
  readonly reconnectAfterMs?: number;
}

export async function startTestServer(
  adminUrl: string,
  limits: Partial<RealtimeLimits> = {},
): Promise<TestServer> {
  const launch = () => createRealtime({ adminUrl, keys, limits, logger: quiet });
  let realtime = await launch();
  const http = createServer((request, response) => {
    void realtime.handleRequest(request, response).then((handled) => {
      if (!handled) response.writeHead(404).end();
    });
  });
  http.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${addressOf(http).port}`;
  const clients: SupabaseClient[] = [];
  return {
    url,
    get realtime() {
      return realtime;
    },
    client: (options = {}) => {
      const client = connect(url, options);
      clients.push(client);
      return client;
    },
    restart: async () => {
      await realtime.close();
      realtime = await launch();
    },
    stop: async () => {
      await Promise.all(clients.map((client) => client.realtime.disconnect()));
      await realtime.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** What each client's token callback answers. */
const tokens = new WeakMap<SupabaseClient, { current: string }>();

function connect(
  url: string,
  { key = keys.publishable, token, vsn = '2.0.0', reconnectAfterMs }: ClientOptions,
) {
  const held = token === undefined ? null : { current: token };
  const client = createClient(url, key, {
    ...(held ? { accessToken: async () => held.current } : {}),
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: {
      vsn,
      timeout: 10_000,
      ...(reconnectAfterMs === undefined ? {} : { reconnectAfterMs: () => reconnectAfterMs }),
    },
  });
  if (held) {
    tokens.set(client, held);
    // Set before the first join is put together: the client does not wait for the callback then.
    void client.realtime.setAuth(held.current);
  }
  return client;
}

/** Gives a client a new token, as a refreshed session does. */
export async function renewToken(client: SupabaseClient, token: string): Promise<void> {
  const held = tokens.get(client);
  if (held) held.current = token;
  await client.realtime.setAuth(token);
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return address;
}

/** Signs a token as the auth server would. */
export async function signToken(
  claims: Record<string, unknown> = {},
  { secret = keys.jwtSecret, expiresIn = 3600 }: { secret?: string; expiresIn?: number } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ role: 'authenticated', iat: now, exp: now + expiresIn, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret));
}
