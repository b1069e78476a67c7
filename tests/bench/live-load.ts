/** The clients and writers of `live.bench.ts`, in a process of their own: it gets one task and answers with one result. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { fingerprint, LiveClient, type Access } from './live-client.ts';
import { percentile } from './row.ts';

export interface LiveTask {
  readonly access: Omit<Access, 'token'>;
  readonly tokens: readonly string[];
  readonly databaseUrl: string;
  /** Who edits, and what. */
  readonly editor: string;
  readonly customers: readonly string[];
  readonly editsPerSecond: number;
  readonly seconds: number;
  /** Share of the sockets that drop out now and then. */
  readonly dropping: number;
}

export interface LiveResult {
  readonly p50: number;
  readonly p95: number;
  /** Deliveries that did not come, to sockets that never dropped out. */
  readonly lost: number;
  /** Deliveries that came again. */
  readonly repeated: number;
  /** Sockets whose board differs from the database's at the end. */
  readonly diverged: number;
  readonly drops: number;
  readonly edits: number;
}

const writers = 4;

process.once('message', (task: LiveTask) => {
  void perform(task).then((result) => process.send?.(result));
});

async function perform(task: LiveTask): Promise<LiveResult> {
  const committed = new Map<string, number>();
  const latencies: number[] = [];
  const heard = task.tokens.map(() => new Map<string, number>());
  const clients = task.tokens.map(
    (token, index) =>
      new LiveClient({ ...task.access, token }, (cursor) => {
        const since = committed.get(cursor);
        if (since !== undefined) latencies.push(performance.now() - since);
        heard[index]?.set(cursor, (heard[index].get(cursor) ?? 0) + 1);
      }),
  );
  for (let first = 0; first < clients.length; first += 10) {
    await Promise.all(clients.slice(first, first + 10).map((client) => client.connect()));
  }

  const faithful = Math.round(clients.length * (1 - task.dropping));
  let isOver = false;
  let drops = 0;
  const dropping = clients.slice(faithful).map(async (client) => {
    await delay(Math.random() * 5_000);
    while (!isOver) {
      client.drop();
      drops += 1;
      await delay(Math.random() * 3_000);
      await client.connect();
      await delay(Math.random() * 10_000);
    }
  });
  await write(task, committed);
  isOver = true;
  await Promise.all(dropping);
  const steady = heard.slice(0, faithful);
  const expected = committed.size * steady.length;
  const arrived = () => steady.reduce((sum, seen) => sum + seen.size, 0);
  for (const deadline = performance.now() + 10_000; arrived() < expected && performance.now() < deadline;) {
    await delay(20);
  }
  await delay(500);

  const stored = await boardOf(task);
  return {
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    lost: expected - arrived(),
    repeated: heard.reduce(
      (sum, seen) => sum + [...seen.values()].reduce((more, times) => more + times - 1, 0),
      0,
    ),
    diverged: clients.filter((client) => client.fingerprint !== stored).length,
    drops,
    edits: committed.size,
  };
}

/** Edits at a fixed rate, each in a transaction of its own, and notes when each was committed. */
async function write(task: LiveTask, committed: Map<string, number>): Promise<void> {
  const total = task.editsPerSecond * task.seconds;
  const start = performance.now();
  let next = 0;
  const work = async () => {
    const client = new Client({ connectionString: task.databaseUrl });
    await client.connect();
    while (next < total) {
      const number = next++;
      const wait = start + (number * 1_000) / task.editsPerSecond - performance.now();
      if (wait > 0) await delay(wait);
      await client.query('begin');
      await client.query(`select set_config('request.jwt.claims', $1, true)`, [
        JSON.stringify({ role: 'authenticated', sub: task.editor }),
      ]);
      await client.query('set local role authenticated');
      await edit(client, task.customers[number % task.customers.length] ?? '', number);
      await client.query('reset role');
      const { rows } = await client.query<{ cursor: string }>(
        `select xid || ':' || seq as cursor from private.changes
         where org_id = $1 and xid = pg_current_xact_id() and table_name = 'customers'`,
        [task.access.orgId],
      );
      const [told] = rows;
      if (!told) throw new Error('The edit was not announced.');
      // Just before, so that the time of the commit itself counts.
      committed.set(told.cursor, performance.now());
      await client.query('commit');
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: writers }, work));
}

const stages = ['lead', 'qualified', 'proposal', 'negotiation', 'closed_won'];

/** Every fifth edit is a move. */
function edit(client: Client, id: string, number: number) {
  return number % 5 === 0
    ? client.query('select public.move_customer($1, $2)', [id, stages[(number / 5) % stages.length]])
    : client.query(
        `select public.patch_customer($1, jsonb_build_object('phase', $2::text), jsonb_build_object('phase', phase))
         from public.customers where id = $1`,
        [id, `Edit ${number}`],
      );
}

async function boardOf(task: LiveTask): Promise<string> {
  const client = new Client({ connectionString: task.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    'select id, version, status, board_rank, phase from public.customers where org_id = $1',
    [task.access.orgId],
  );
  await client.end();
  return fingerprint(rows);
}
