import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, hasEnded, isAlive } from '../shared/processes.ts';
import { StackError } from '../shared/stack-error.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { ClusterOptions } from './cluster-options.ts';
import type { SystemUser } from './system-user.ts';

/** Shuts down a server that outlived the process which started it. */
export async function stopOrphan(dataDir: string): Promise<void> {
  const lock = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const pid = Number(lock?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  const command = await commandOf(pid);
  if (command !== undefined && !command.includes(dataDir)) return;
  process.kill(pid, 'SIGINT');
  if (await hasEnded(pid, 10_000)) return;
  process.kill(pid, 'SIGQUIT');
  if (await hasEnded(pid, 5_000)) return;
  throw new StackError(
    `Another Postgres (process ${pid}) uses ${dataDir} and does not stop: end it and start again.`,
  );
}

/** A server that accepts connections. */
interface Launched {
  process: ChildProcess;
  ended: Promise<string>;
  expectEnd(): void;
}

/** Starts the server and waits until it accepts connections. */
export async function launch(
  binaries: PostgresBinaries,
  dataDir: string,
  user: SystemUser | undefined,
  options: ClusterOptions,
): Promise<Launched> {
  // The shared memory of a killed server is released only when the last of its backends has noticed.
  for (let attempt = 1; ; attempt++) {
    const result = await launchOnce(binaries, dataDir, user, options);
    if (!('failure' in result)) return result;
    if (result.failure.includes('shared memory block') && attempt < 40) {
      await sleep(250);
      continue;
    }
    if (/could not bind|could not create any TCP/.test(result.failure)) {
      throw new StackError(
        `Port ${options.port} is taken, so Postgres cannot listen: stop what uses it or choose another with --db-port.`,
      );
    }
    throw new StackError(`Postgres did not start: ${result.failure}`);
  }
}

async function launchOnce(
  binaries: PostgresBinaries,
  dataDir: string,
  user: SystemUser | undefined,
  options: ClusterOptions,
): Promise<Launched | { failure: string }> {
  const child = spawn(binaries.postgres, ['-D', dataDir, ...settings(options)], {
    ...user,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    // A terminal's Ctrl-C reaches the whole foreground group; the server must outlive the gateway that uses it.
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', LC_ALL: 'C' },
  });
  const complaints: string[] = [];
  let expected = false;
  let isReady = false;
  return new Promise((resolve) => {
    let buffered = '';
    const ended = new Promise<string>((resolveEnded) => {
      child.once('exit', (code, signal) => {
        const failure = complaints.join(' — ') || `it ended with ${signal ?? `code ${code}`}`;
        resolve({ failure });
        if (!expected) resolveEnded(failure);
      });
      child.once('error', (error) => resolve({ failure: error.message }));
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (buffered + chunk).split('\n');
      buffered = lines.pop() ?? '';
      for (const line of lines) {
        if (isReady && !expected && /PANIC|was terminated by/.test(line)) options.log?.(`postgres: ${line}`);
        // Who tried what they may not (private.log_refusal): here, as on hosted projects, for whoever keeps the logs.
        const refused = isReady && /LOG:\s+(refused \{.*)/.exec(line);
        if (refused) options.log?.(`postgres: ${refused[1]}`);
        const complaint =
          /(?:FATAL|PANIC|WARNING|HINT|LOG):\s+(could not bind.*|.*shared memory block.*)|(?:FATAL|PANIC):\s+(.*)/.exec(
            line,
          );
        // Once it runs, what a session was refused says nothing about why the server ended.
        const isOwn = !isReady || line.includes(`[${child.pid}]`);
        if (complaint && isOwn) complaints.push(complaint[1] ?? complaint[2] ?? line);
        if (line.includes('ready to accept connections')) {
          complaints.length = 0;
          isReady = true;
          resolve({ process: child, ended, expectEnd: () => (expected = true) });
        }
      }
    });
  });
}

/** Server settings. No socket file is made: everything talks TCP on loopback, so no path can be too long or shared. */
function settings(options: ClusterOptions): string[] {
  const values: Record<string, string | number> = {
    port: options.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    wal_level: 'logical',
    max_connections: 100,
    max_replication_slots: 10,
    max_wal_senders: 10,
    max_slot_wal_keep_size: '1GB',
    shared_buffers: options.durable ? '64MB' : '32MB',
    shared_preload_libraries: 'pg_stat_statements',
    max_parallel_workers_per_gather: 0,
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A refused statement is the business of whoever sent it, and its details hold values of rows.
    log_min_messages: 'log',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_replication_commands: 'off',
  };
  if (!options.durable) {
    Object.assign(values, {
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      // Replication sends what was written; without synchronous commits that waits for this writer's next turn.
      wal_writer_delay: '10ms',
      autovacuum: 'off',
    });
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
