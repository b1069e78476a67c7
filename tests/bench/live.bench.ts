/**
 * A whole organisation at one board: 200 signed-in sockets, 50 edits a second for a minute. Targets: every change is
 * delivered once to every socket, p95 from commit to client ≤ 60 ms; and when a fifth of the sockets drop out at random
 * and come back, every client ends with the board of the database. The stack runs in this process, clients and writers
 * in another (`live-load.ts`).
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import pg from 'pg';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import type { LiveResult, LiveTask } from './live-load.ts';
import { row, type BenchRow } from './row.ts';

const sockets = 200;
const customers = 300;
const load = { editsPerSecond: 50, seconds: 60 };

export async function* run(): AsyncIterable<BenchRow> {
  const stack = await startTestStack();
  try {
    const organization = await found(stack);
    const before = process.cpuUsage();
    const steady = await measure({ ...organization, ...load, dropping: 0 });
    const used = process.cpuUsage(before);
    yield row('live', 'commit_to_client_p95_ms', steady.p95, 'ms');
    yield row('live', 'commit_to_client_p50_ms', steady.p50, 'ms');
    yield row('live', 'lost', steady.lost, 'messages');
    yield row('live', 'repeated', steady.repeated, 'messages');
    yield row('live', 'edits', steady.edits, 'edits');
    // Of this process, which is gateway, Realtime and all: what else the machine does falls on times, not on this.
    yield row('live', 'server_cpu', (used.user + used.system) / 1e6 / load.seconds, 'cores');
    const dropping = await measure({ ...organization, ...load, dropping: 0.2 });
    yield row('live', 'diverged', steady.diverged + dropping.diverged, 'clients');
    yield row('live', 'dropping_lost', dropping.lost, 'messages');
    yield row('live', 'dropping_p95_ms', dropping.p95, 'ms');
    yield row('live', 'drops', dropping.drops, 'drops');
  } finally {
    await stack.stop();
  }
}

type Organization = Omit<LiveTask, keyof typeof load | 'dropping'>;

/** An organisation whose members all see all of it. */
async function found(stack: TestStack): Promise<Organization> {
  const client = new pg.Client({ connectionString: stack.adminUrl });
  await client.connect();
  const people = Array.from({ length: sockets }, () => randomUUID());
  const [editor = ''] = people;
  await client.query(
    `insert into auth.users (id, email, raw_user_meta_data) select id, id || '@bench.example', '{}' from unnest($1::uuid[]) as id`,
    [people],
  );
  await client.query(`select set_config('request.jwt.claims', $1, false)`, [
    JSON.stringify({ role: 'authenticated', sub: editor }),
  ]);
  const { rows: made } = await client.query<{ id: string }>(
    `select id from public.create_organization('Live')`,
  );
  const orgId = made[0]?.id ?? '';
  await client.query(
    `insert into public.memberships (org_id, user_id) select $1, id from unnest($2::uuid[]) as id where id <> $3`,
    [orgId, people, editor],
  );
  await client.query(
    `insert into public.member_roles (org_id, user_id, role_id)
     select org_id, member, id from public.roles cross join unnest($2::uuid[]) as member where org_id = $1 and key = 'manager' and member <> $3`,
    [orgId, people, editor],
  );
  const { rows } = await client.query<{ id: string }>(
    `insert into public.customers (org_id, name) select $1, 'Customer ' || n from generate_series(1, $2) as n returning id`,
    [orgId, customers],
  );
  await client.end();
  const secret = new TextEncoder().encode(stack.jwtSecret);
  const tokens = people.map((sub) =>
    new SignJWT({ role: 'authenticated', sub })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(secret),
  );
  return {
    access: { url: stack.url, key: stack.publishableKey, orgId },
    tokens: await Promise.all(tokens),
    databaseUrl: stack.adminUrl,
    editor,
    customers: rows.map(({ id }) => id),
  };
}

/** Runs a load in a process of its own. */
async function measure(task: LiveTask): Promise<LiveResult> {
  const child = fork(new URL('./live-load.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    return await new Promise<LiveResult>((resolve, reject) => {
      child.once('message', (result: LiveResult) => resolve(result));
      child.once('exit', (code) => reject(new Error(`The clients ended with code ${code}.`)));
      child.send(task);
    });
  } finally {
    child.kill();
  }
}
