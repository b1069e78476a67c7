/**
 * Postgres Changes under row-level security. The server runs in one process, sockets and writers in another, which also
 * takes the times, on a durable Postgres. Every person sees a fifth of the changes. Targets: 500 people at 100 changes/s
 * for 30 s with p95 from commit to client ≤ 100 ms, 3,000 at 20/s ≤ 250 ms, none lost, none leaked; ≤ 300 MB for the
 * server, ≤ 10 kB for an idle subscription; cost that grows with distinct claims, not with sockets of one person.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { Client } from 'pg';
import { bootstrap } from '../../stack/postgres/bootstrap.ts';
import { startCluster } from '../../stack/postgres/cluster.ts';
import { startTestStack } from '../../stack/testing.ts';
import { freePort } from '../../stack/shared/ports.ts';
import type { ChangesResult, ChangesTask, Subscriber } from './changes-load.ts';
import type { ServerReport } from './changes-server.ts';
import { foundOrganization } from './live-organization.ts';
import { row, type BenchRow } from './row.ts';

const keys = {
  publishable: 'sb_publishable_bench000000000000000000_aaaaaaaa',
  secret: 'sb_secret_bench0000000000000000000000_bbbbbbbb',
  jwtSecret: 'the-secret-of-the-benchmark-of-40-letters',
};
const teams = 5;
const people = 3_000;
const statements = [
  'insert into public.items (team, n, body) values ($1, $2, $3)',
  'update public.items set n = $2, body = $3 where id = (select id from public.items where team = $1 order by n desc limit 1 for update skip locked)',
];

/** A policy as products have them: the teams of the caller, looked up once per statement. */
const schema = `
  create table public.members (user_id uuid primary key, team integer not null);
  create table public.items (id uuid primary key default gen_random_uuid(), team integer not null, n integer not null,
    body text, done boolean not null default false, price numeric(10, 2) default 9.5, made_at timestamptz not null default now());
  create index on public.items (team, n);
  alter table public.items enable row level security;
  grant select on public.members, public.items to authenticated;
  create policy items_select_team on public.items for select to authenticated using (
    team = any (array(select member.team from public.members as member where member.user_id = (select auth.uid()))));
  insert into public.items (team, n) select n % ${teams}, -n from generate_series(1, 100000) as n;
  alter publication supabase_realtime add table public.items;
`;

export async function* run(): AsyncIterable<BenchRow> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-bench-changes-'));
  await chmod(folder, 0o711);
  const passwords = { supabase_admin: 'benchmark' };
  const dataDir = join(folder, 'postgres');
  const cluster = await startCluster({ dataDir, port: await freePort(), durable: true, passwords });
  try {
    const adminUrl = cluster.url('supabase_admin');
    await bootstrap(adminUrl, { passwords });
    yield* measureAll(adminUrl, await prepare(adminUrl));
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
  yield* measureCustomers();
}

/** The product's own customers under their own policies: 200 members who see all of them, 20 edits a second. */
async function* measureCustomers(): AsyncIterable<BenchRow> {
  const stack = await startTestStack();
  try {
    const { access, tokens, editor } = await foundOrganization(stack, 200);
    const { result } = await load({
      adminUrl: stack.adminUrl,
      url: `${access.url.replace('http', 'ws')}/realtime/v1/websocket?vsn=2.0.0&apikey=${access.key}`,
      subscribers: tokens.map((token) => ({ token, team: 0 })),
      table: 'customers',
      statements: [
        'update public.customers set name = $3 where $1 >= 0 and id = (select id from public.customers order by id offset $2 % 300 limit 1)',
      ],
      editor,
      teams: 1,
      writers: 4,
      channelsPerSocket: 1,
      changesPerSecond: 20,
      seconds: 10,
    });
    yield row('changes', 'customers_commit_to_client_p95_ms', result.p95, 'ms');
    yield row('changes', 'customers_commit_to_client_p50_ms', result.p50, 'ms');
    yield row('changes', 'customers_lost', result.lost, 'messages');
  } finally {
    await stack.stop();
  }
}

async function* measureAll(adminUrl: string, everyone: readonly Subscriber[]): AsyncIterable<BenchRow> {
  const common = {
    adminUrl,
    table: 'items',
    statements,
    teams,
    writers: 8,
    channelsPerSocket: 1,
    seconds: 30,
  };
  const five = { ...common, subscribers: everyone.slice(0, 500), changesPerSecond: 100 };
  const hundreds = await measure(five);
  yield* rowsOf('500_people_', hundreds);
  yield* rowsOf('3000_people_', await measure({ ...common, subscribers: everyone, changesPerSecond: 20 }));

  const [one] = everyone;
  const same = { ...five, seconds: 10, subscribers: everyone.slice(0, 500).flatMap(() => one ?? []) };
  const alike = await measure(same);
  yield row('changes', 'look_up_ms_one_person_500_sockets', lookUpMs(alike), 'ms', lookUpMs(hundreds));
  yield* measureIdle(adminUrl, everyone);
}

interface Measured {
  readonly result: ChangesResult;
  readonly report: ServerReport;
}

function* rowsOf(prefix: string, { result, report }: Measured): Iterable<BenchRow> {
  yield row('changes', `${prefix}commit_to_client_p95_ms`, result.p95, 'ms');
  yield row('changes', `${prefix}commit_to_client_p50_ms`, result.p50, 'ms');
  yield row('changes', `${prefix}delivered`, result.delivered, 'messages');
  yield row('changes', `${prefix}lost`, result.lost, 'messages');
  yield row('changes', `${prefix}leaked`, result.leaked, 'messages');
  yield row('changes', `${prefix}look_up_ms`, lookUpMs({ report }), 'ms');
  yield row('changes', `${prefix}server_memory`, report.peakBytes / 1e6, 'MB');
  yield row('changes', `${prefix}server_cpu`, report.cpuSeconds, 's');
}

/** Time in look-ups for each change. */
const lookUpMs = ({ report: { stats } }: Pick<Measured, 'report'>) =>
  stats.lookUpMs / Math.max(1, stats.changesDelivered);

/** What 2,000 more subscriptions take, each of another person on a channel of its own, 100 channels to a socket. */
async function* measureIdle(adminUrl: string, everyone: readonly Subscriber[]): AsyncIterable<BenchRow> {
  const server = await Server.start(adminUrl);
  const task = {
    adminUrl,
    url: server.url,
    table: 'items',
    statements,
    teams,
    writers: 0,
    channelsPerSocket: 100,
    seconds: 0,
    changesPerSecond: 0,
  };
  const first = await load({ ...task, subscribers: everyone.slice(0, 1_000) }, true);
  const before = await server.report();
  const second = await load({ ...task, subscribers: everyone.slice(1_000, 3_000) }, true);
  const after = await server.report();
  for (const child of [first.child, second.child]) child.kill();
  await server.stop();
  yield row('changes', 'idle_subscription_kB', (after.heapBytes - before.heapBytes) / 2_000 / 1e3, 'kB');
}

/** Runs a load against a server of its own. */
async function measure(task: Omit<ChangesTask, 'url'>): Promise<Measured> {
  const server = await Server.start(task.adminUrl);
  try {
    const { result } = await load({ ...task, url: server.url });
    return { result, report: await server.report() };
  } finally {
    await server.stop();
  }
}

/** @param stays the process keeps its sockets, for the caller to end */
async function load(
  task: ChangesTask,
  stays = false,
): Promise<{ result: ChangesResult; child: ChildProcess }> {
  const child = forkBeside('./changes-load.ts');
  try {
    return { result: await answer<ChangesResult>(child, task), child };
  } finally {
    if (!stays) child.kill();
  }
}

/** The server, in its own process. */
class Server {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `ws://127.0.0.1:${port}/realtime/v1/websocket?vsn=2.0.0&apikey=${keys.publishable}`;
  }

  static async start(adminUrl: string): Promise<Server> {
    const child = forkBeside('./changes-server.ts');
    return new Server(child, await answer<number>(child, { adminUrl, keys }));
  }

  report(): Promise<ServerReport> {
    return answer<ServerReport>(this.#child, 'report');
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await gone;
  }
}

/** Those of `npm start`: a heap that grows less before it is collected. */
const memoryFlags = ['--max-semi-space-size=4', '--heap-growing-percent=100'];

const forkBeside = (file: string) =>
  fork(new URL(file, import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--expose-gc', ...memoryFlags],
  });

/** Sends a message to a process and resolves with the next one from it. */
async function answer<Answer>(child: ChildProcess, message: object | string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`A process ended with code ${code}.`));
    child.once('exit', onExit);
    child.once('message', (reply: Answer) => {
      child.off('exit', onExit);
      resolve(reply);
    });
    child.send(message);
  });
}

/** Makes the table and its people. */
async function prepare(adminUrl: string): Promise<Subscriber[]> {
  const ids = Array.from({ length: people }, () => randomUUID());
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(schema);
  await client.query(
    `insert into public.members select id, (place - 1) % ${teams} from unnest($1::uuid[]) with ordinality as people (id, place)`,
    [ids],
  );
  await client.query('vacuum analyze');
  await client.end();
  return Promise.all(ids.map(async (id, index) => ({ token: await tokenOf(id), team: index % teams })));
}

/** Claims as the auth server writes them. */
function tokenOf(person: string): Promise<string> {
  const claims = {
    role: 'authenticated',
    email: `${person}@bench.example`,
    aal: 'aal1',
    session_id: randomUUID(),
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: { full_name: 'A Person' },
    is_anonymous: false,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(person)
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(keys.jwtSecret));
}
