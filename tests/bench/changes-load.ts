/** The clients and writers of `changes.bench.ts`, in a process of their own: it gets one task and answers with one result. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { WebSocket, type RawData } from 'ws';
import { percentile } from './row.ts';

/** Who connects: a token, and the team whose rows its person sees. */
export interface Subscriber {
  readonly token: string;
  readonly team: number;
}

export interface ChangesTask {
  readonly url: string;
  readonly adminUrl: string;
  readonly subscribers: readonly Subscriber[];
  readonly channelsPerSocket: number;
  readonly table: string;
  /** Statements that take turns, with a team, the number of the change and a text to write as parameters. */
  readonly statements: readonly string[];
  /** Who writes, for the table's triggers. */
  readonly editor?: string;
  readonly teams: number;
  readonly writers: number;
  /** Of all writers together; 0 to stay idle. */
  readonly changesPerSecond: number;
  readonly seconds: number;
}

export interface ChangesResult {
  readonly p50: number;
  readonly p95: number;
  readonly changes: number;
  readonly delivered: number;
  /** Deliveries that should have come and did not. */
  readonly lost: number;
  /** Deliveries of rows that the policies hide, and second deliveries. */
  readonly leaked: number;
}

process.on('message', (task: ChangesTask) => void perform(task).then((result) => process.send?.(result)));

interface Sent {
  readonly team: number;
  readonly at: number;
}

async function perform(task: ChangesTask): Promise<ChangesResult> {
  const sent = new Map<number, Sent>();
  const latencies: number[] = [];
  const received = task.subscribers.map(() => new Set<number>());
  let leaked = 0;
  const onChange = (subscriber: number, text: string) => {
    const number = Number(/#(\d+)#/.exec(text)?.[1]);
    const change = sent.get(number);
    const seen = received[subscriber];
    if (!change || !seen) return;
    if (change.team !== task.subscribers[subscriber]?.team || seen.has(number)) leaked++;
    seen.add(number);
    latencies.push(performance.now() - change.at);
  };
  await connect(task, onChange);
  await write(task, sent);
  const teams = Array.from(
    { length: task.teams },
    (_, team) => [...sent.values()].filter((one) => one.team === team).length,
  );
  const expected = task.subscribers.reduce((sum, { team }) => sum + (teams[team] ?? 0), 0);
  await settled(
    () => latencies.length >= expected,
    () => latencies.length,
  );
  const delivered = received.reduce((sum, { size }) => sum + size, 0);
  return {
    p50: latencies.length > 0 ? percentile(latencies, 0.5) : 0,
    p95: latencies.length > 0 ? percentile(latencies, 0.95) : 0,
    changes: sent.size,
    delivered,
    lost: expected - (delivered - leaked),
    leaked,
  };
}

/** Joins a channel for each subscriber, some sockets at a time, and waits until all are subscribed. */
async function connect(
  task: ChangesTask,
  onChange: (subscriber: number, text: string) => void,
): Promise<void> {
  const sockets: number[][] = [];
  for (let first = 0; first < task.subscribers.length; first += task.channelsPerSocket)
    sockets.push(
      Array.from(
        { length: Math.min(task.channelsPerSocket, task.subscribers.length - first) },
        (_, index) => first + index,
      ),
    );
  const open = async () => {
    for (let members = sockets.shift(); members; members = sockets.shift())
      await openSocket(task, members, onChange);
  };
  await Promise.all(Array.from({ length: 20 }, open));
}

async function openSocket(
  task: ChangesTask,
  members: readonly number[],
  onChange: (subscriber: number, text: string) => void,
): Promise<void> {
  const socket = new WebSocket(task.url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  const beat = setInterval(() => socket.send('[null,"0","phoenix","heartbeat",{}]'), 25_000);
  socket.on('close', () => clearInterval(beat));
  const waiting = [...members];
  const join = () => {
    const binding = { event: '*', schema: 'public', table: task.table };
    const [member = 0] = waiting;
    const payload = {
      config: { postgres_changes: [binding] },
      access_token: task.subscribers[member]?.token,
    };
    socket.send(JSON.stringify(['1', '1', `realtime:${member}`, 'phx_join', payload]));
  };
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data: RawData) => {
      const text = data.toString();
      // The topic of a subscriber's channel is its number.
      const number = Number(/^\[[^,]*,[^,]*,"realtime:(\d+)"/.exec(text)?.[1]);
      if (text.includes('"postgres_changes",{"ids"')) onChange(number, text);
      else if (text.includes('Subscribed to PostgreSQL')) {
        waiting.shift();
        if (waiting.length > 0) join();
        else resolve();
      } else if (text.includes('"error"')) reject(new Error(`A join failed: ${text}`));
    });
    socket.on('close', (code) => reject(new Error(`A socket was closed with ${code}.`)));
    join();
  });
}

/** Writes at a fixed rate, each change in its own transaction, noting the time before the commit. */
async function write(task: ChangesTask, sent: Map<number, Sent>): Promise<void> {
  const total = task.changesPerSecond * task.seconds;
  const start = performance.now();
  let next = 0;
  const run = async () => {
    const client = new Client({ connectionString: task.adminUrl });
    await client.connect();
    const claims = JSON.stringify({ role: 'authenticated', sub: task.editor });
    await client.query(`select set_config('request.jwt.claims', $1, false)`, [task.editor ? claims : '']);
    while (next < total) {
      const number = next++;
      const wait = start + (number * 1_000) / task.changesPerSecond - performance.now();
      if (wait > 0) await delay(wait);
      const team = number % task.teams;
      await client.query('begin');
      const text = task.statements[number % task.statements.length] ?? '';
      const values = [team, number, `#${number}#${'x'.repeat(100)}`];
      const { rowCount } = await client.query({ name: text.slice(0, 20), text, values });
      if (rowCount === 1) sent.set(number, { team, at: performance.now() });
      await client.query('commit');
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: task.changesPerSecond > 0 ? task.writers : 0 }, run));
}

/** Waits for stragglers: until none came for five seconds. A busy machine is slow, but what comes late is not lost. */
async function settled(isDone: () => boolean, arrivals: () => number): Promise<void> {
  for (let before = -1; !isDone() && arrivals() > before;) {
    before = arrivals();
    for (const deadline = performance.now() + 5_000; !isDone() && performance.now() < deadline;)
      await delay(10);
  }
}
