/**
 * Realtime under load. The servers run in this process, on a durable Postgres; sockets, sender and database writers
 * in another (`realtime-load.ts`), which also takes the times. Targets: fan-out of 300-byte broadcasts to 500 sockets
 * at 100 messages/s with p95 ≤ 3× a bare `ws` fan-out and none lost; commit of a database broadcast → delivery
 * p95 ≤ 25 ms; join of a private channel p95 ≤ 15 ms.
 */
import { fork } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { WebSocketServer } from 'ws';
import { bootstrap } from '../../stack/postgres/bootstrap.ts';
import { startCluster } from '../../stack/postgres/cluster.ts';
import { createRealtime } from '../../stack/realtime/server.ts';
import { freePort } from '../../stack/shared/ports.ts';
import type { LoadResult, LoadTask } from './realtime-load.ts';
import { percentile, row, type BenchRow } from './row.ts';

const keys = {
  publishable: 'sb_publishable_bench000000000000000000_aaaaaaaa',
  secret: 'sb_secret_bench0000000000000000000000_bbbbbbbb',
  jwtSecret: 'the-secret-of-the-benchmark-of-40-letters',
};

/** A policy as the product has them: a look-up of a membership, once per statement. */
const policies = `
  create table public.members (topic text not null, user_id uuid not null, primary key (topic, user_id));
  grant select on public.members to authenticated;
  create policy messages_select_members on realtime.messages for select to authenticated using (
    exists (
      select from public.members
      where members.topic = (select realtime.topic()) and members.user_id = (select auth.uid())
    )
  );
  insert into public.members
  select 'room:' || n, '00000000-0000-0000-0000-000000000001' from generate_series(1, 10000) as rooms (n);
`;

const fanout = { sockets: 500, messagesPerSecond: 100, warmUpSeconds: 1, seconds: 5, payloadBytes: 300 };
/** Bare and ours take turns, and the median round counts: one hiccup of the machine decides nothing. */
const rounds = 3;

export async function* run(): AsyncIterable<BenchRow> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-bench-realtime-'));
  await chmod(folder, 0o711);
  const passwords = { supabase_admin: 'benchmark' };
  const dataDir = join(folder, 'postgres');
  const cluster = await startCluster({ dataDir, port: await freePort(), durable: true, passwords });
  try {
    const adminUrl = cluster.url('supabase_admin');
    await bootstrap(adminUrl, { passwords });
    await execute(adminUrl, policies);
    yield* measureFanout(adminUrl);

    const commits = await measure(await serveRealtime(adminUrl), (url) => ({
      kind: 'commits',
      url: `${url}/realtime/v1/websocket?vsn=2.0.0&apikey=${keys.secret}`,
      adminUrl,
      writers: 4,
      transactionsPerSecond: 200,
      transactions: 2_000,
    }));
    yield row('realtime', 'commit_to_delivery_p95_ms', commits.p95, 'ms');
    yield row('realtime', 'commit_to_delivery_lost', commits.lost, 'messages');

    const joins = await measure(await serveRealtime(adminUrl), (url) => ({
      kind: 'joins',
      url: `${url}/realtime/v1/websocket?vsn=2.0.0&apikey=${keys.publishable}`,
      jwtSecret: keys.jwtSecret,
      joins: 1_000,
    }));
    yield row('realtime', 'private_join_p95_ms', joins.p95, 'ms');
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function* measureFanout(adminUrl: string): AsyncIterable<BenchRow> {
  const bare: LoadResult[] = [];
  const ours: LoadResult[] = [];
  const query = `/realtime/v1/websocket?vsn=2.0.0&apikey=${keys.publishable}`;
  for (let round = 0; round < rounds; round++) {
    bare.push(
      await measure(await serveBare(), (url) => ({ kind: 'fanout', url, framing: 'bare', ...fanout })),
    );
    ours.push(
      await measure(await serveRealtime(adminUrl), (url) => ({
        kind: 'fanout',
        url: `${url}${query}`,
        framing: 'realtime',
        ...fanout,
      })),
    );
  }
  const median = (results: LoadResult[]) =>
    percentile(
      results.map(({ p95 }) => p95),
      0.5,
    );
  const lost = (results: LoadResult[]) => results.reduce((sum, result) => sum + result.lost, 0);
  yield row('realtime', 'fanout_p95_ms', median(ours), 'ms', median(bare));
  yield row('realtime', 'lost', lost(ours), 'messages', lost(bare));
}

interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** What fan-out costs with nothing but the library: every message goes to every other socket. */
async function serveBare(): Promise<Served> {
  const http = createServer();
  const bare = new WebSocketServer({ server: http, perMessageDeflate: false });
  bare.on('connection', (socket) =>
    socket.on('message', (data) => {
      for (const receiver of bare.clients) if (receiver !== socket) receiver.send(data, { binary: true });
    }),
  );
  return { url: await listen(http), close: () => closeHttp(http) };
}

async function serveRealtime(adminUrl: string): Promise<Served> {
  const realtime = await createRealtime({ adminUrl, keys });
  const http = createServer();
  http.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head));
  return {
    url: await listen(http),
    close: async () => {
      await realtime.close();
      await closeHttp(http);
    },
  };
}

async function listen(http: Server): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return `ws://127.0.0.1:${address.port}`;
}

async function closeHttp(http: Server): Promise<void> {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
}

/** Runs a load against a server in a process of its own. */
async function measure(served: Served, task: (url: string) => LoadTask): Promise<LoadResult> {
  const child = fork(new URL('./realtime-load.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    return await new Promise<LoadResult>((resolve, reject) => {
      child.once('message', (result: LoadResult) => resolve(result));
      child.once('exit', (code) => reject(new Error(`The load client ended with code ${code}.`)));
      child.send(task(served.url));
    });
  } finally {
    child.kill();
    await served.close();
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
