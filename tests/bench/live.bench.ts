/**
 * A whole organisation at one board: 200 signed-in sockets, 50 edits a second for a minute. Targets: every change is
 * delivered once to every socket, p95 from commit to client ≤ 60 ms; and when a fifth of the sockets drop out at random
 * and come back, every client ends with the board of the database. The stack runs in this process, clients and writers
 * in another (`live-load.ts`).
 */
import { fork } from 'node:child_process';
import { startTestStack } from '../../stack/testing.ts';
import type { LiveResult, LiveTask } from './live-load.ts';
import { foundOrganization } from './live-organization.ts';
import { row, type BenchRow } from './row.ts';

const sockets = 200;
const load = { editsPerSecond: 50, seconds: 60 };

export async function* run(): AsyncIterable<BenchRow> {
  const stack = await startTestStack();
  try {
    const organization = await foundOrganization(stack, sockets);
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
