/** The clients of `realtime.bench.ts`, in a process of their own: it gets one task and answers with one result. */
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { Client } from 'pg';
import { WebSocket, type RawData } from 'ws';
import { percentile } from './row.ts';

export type LoadTask =
  | {
      readonly kind: 'fanout';
      readonly url: string;
      readonly framing: 'bare' | 'realtime';
      readonly sockets: number;
      readonly messagesPerSecond: number;
      readonly warmUpSeconds: number;
      readonly seconds: number;
      readonly payloadBytes: number;
    }
  | {
      readonly kind: 'commits';
      readonly url: string;
      readonly adminUrl: string;
      readonly writers: number;
      /** Of all writers together; below what saturates them, since time is measured here, not throughput. */
      readonly transactionsPerSecond: number;
      readonly transactions: number;
    }
  | { readonly kind: 'joins'; readonly url: string; readonly jwtSecret: string; readonly joins: number };

export interface LoadResult {
  readonly p95: number;
  readonly lost: number;
}

process.once('message', (task: LoadTask) => {
  void perform(task).then((result) => process.send?.(result));
});

function perform(task: LoadTask): Promise<LoadResult> {
  switch (task.kind) {
    case 'fanout':
      return measureFanout(task);
    case 'commits':
      return measureCommits(task);
    case 'joins':
      return measureJoins(task);
  }
}

const topic = 'realtime:bench';
/** Digits of the time of sending, at the end of every payload, so that reading it costs both servers the same. */
const timeDigits = 20;

/** Sends at a fixed rate from one socket and times every arrival at all others. */
async function measureFanout(task: Extract<LoadTask, { kind: 'fanout' }>): Promise<LoadResult> {
  const received: number[] = [];
  let arrivals = 0;
  let measuring = false;
  const onMessage = (data: RawData, isBinary: boolean) => {
    if (!isBinary || !Buffer.isBuffer(data)) return;
    arrivals++;
    if (measuring) received.push(performance.now() - timeIn(data));
  };
  const sender = await open(task.url);
  const receivers = await Promise.all(Array.from({ length: task.sockets }, () => open(task.url)));
  for (const socket of receivers) socket.on('message', onMessage);
  if (task.framing === 'realtime')
    await Promise.all([sender, ...receivers].map((socket) => joinTopic(socket, topic)));

  await sendAtRate(sender, task, task.warmUpSeconds);
  await settled(() => arrivals === task.warmUpSeconds * task.messagesPerSecond * task.sockets);
  arrivals = 0;
  measuring = true;
  await sendAtRate(sender, task, task.seconds);
  const expected = task.seconds * task.messagesPerSecond * task.sockets;
  await settled(() => arrivals === expected);
  return { p95: percentile(received, 0.95), lost: expected - arrivals };
}

async function sendAtRate(
  sender: WebSocket,
  task: Extract<LoadTask, { kind: 'fanout' }>,
  seconds: number,
): Promise<void> {
  const interval = 1_000 / task.messagesPerSecond;
  const start = performance.now();
  for (let sent = 0; sent < seconds * task.messagesPerSecond; sent++) {
    const wait = start + sent * interval - performance.now();
    if (wait > 0) await delay(wait);
    const payload = timedPayload(task.payloadBytes);
    sender.send(task.framing === 'bare' ? payload : broadcastPush(payload));
  }
}

function timedPayload(bytes: number): Buffer {
  const tail = `","t":"${performance.now().toFixed(6).padStart(timeDigits, '0')}"}`;
  return Buffer.from(`{"p":"${'x'.repeat(bytes - tail.length - 6)}${tail}`);
}

const timeIn = (data: Buffer) =>
  Number(data.toString('latin1', data.length - timeDigits - 2, data.length - 2));

function broadcastPush(payload: Buffer): Buffer {
  const head = Buffer.from([3, 1, 1, topic.length, 1, 0, 1]);
  return Buffer.concat([head, Buffer.from(`11${topic}e`), payload]);
}

/** Times each transaction from just before its commit to the arrival of its broadcast. */
async function measureCommits(task: Extract<LoadTask, { kind: 'commits' }>): Promise<LoadResult> {
  const committing = new Map<string, number>();
  const latencies: number[] = [];
  const listener = await open(task.url);
  listener.on('message', (data: RawData, isBinary: boolean) => {
    if (!isBinary || !Buffer.isBuffer(data)) return;
    const number = /"n": ?(\d+)/.exec(data.toString('latin1'))?.[1] ?? '';
    const since = committing.get(number);
    if (since === undefined) return;
    latencies.push(performance.now() - since);
    committing.delete(number);
  });
  await joinTopic(listener, topic, { config: { private: true } });

  let next = 0;
  const start = performance.now();
  const write = async () => {
    const client = new Client({ connectionString: task.adminUrl });
    await client.connect();
    while (next < task.transactions) {
      const number = String(next);
      const wait = start + (next++ * 1_000) / task.transactionsPerSecond - performance.now();
      if (wait > 0) await delay(wait);
      await client.query('begin');
      await client.query(`select realtime.send(jsonb_build_object('n', $1::int), 'e', 'bench')`, [number]);
      committing.set(number, performance.now());
      await client.query('commit');
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: task.writers }, write));
  await settled(() => latencies.length === task.transactions);
  return { p95: percentile(latencies, 0.95), lost: task.transactions - latencies.length };
}

/** Joins one private channel after the other, each another topic, and leaves it again. */
async function measureJoins(task: Extract<LoadTask, { kind: 'joins' }>): Promise<LoadResult> {
  const token = await new SignJWT({ role: 'authenticated', sub: '00000000-0000-0000-0000-000000000001' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(task.jwtSecret));
  const socket = await open(task.url);
  const latencies: number[] = [];
  for (let number = 1; number <= task.joins; number++) {
    const room = `realtime:room:${number}`;
    const start = performance.now();
    await joinTopic(socket, room, { config: { private: true }, access_token: token });
    latencies.push(performance.now() - start);
    socket.send(JSON.stringify(['1', null, room, 'phx_leave', {}]));
  }
  return { p95: percentile(latencies, 0.95), lost: 0 };
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return socket;
}

/** Joins and waits for the answer. */
async function joinTopic(socket: WebSocket, joined: string, payload: unknown = {}): Promise<void> {
  const answered = new Promise<void>((resolve, reject) => {
    const onMessage = (data: RawData, isBinary: boolean) => {
      if (isBinary || !Buffer.isBuffer(data)) return;
      const [, , answeredTopic, event, answer]: unknown[] = JSON.parse(data.toString());
      if (answeredTopic !== joined || event !== 'phx_reply') return;
      socket.off('message', onMessage);
      if (JSON.stringify(answer).includes('"ok"')) resolve();
      else reject(new Error(`The join was refused: ${JSON.stringify(answer)}`));
    };
    socket.on('message', onMessage);
  });
  socket.send(JSON.stringify(['1', '1', joined, 'phx_join', payload]));
  await answered;
}

/** Waits for stragglers, at most ten seconds. */
async function settled(done: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 10_000; !done() && performance.now() < deadline;) await delay(10);
}
