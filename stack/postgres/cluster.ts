import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandOf, hasEnded, isAlive } from '../shared/processes.ts';
import { StackError } from '../shared/stack-error.ts';
import { copyBinaries, findBinaries, type PostgresBinaries } from './binaries.ts';
import { canReach, reachableTwin, type SystemUser, unprivilegedUser } from './system-user.ts';

const run = promisify(execFile);

/** The major version that hosted Supabase runs and that the binaries have. */
export const postgresMajor = '17';

/** Roles that log in over TCP; bootstrap creates all but the first. */
export type LoginRole =
  | 'supabase_admin'
  | 'postgres'
  | 'authenticator'
  | 'supabase_auth_admin'
  | 'supabase_storage_admin'
  | 'supabase_realtime_admin';

/** A password each; a role without one can only log in to a throw-away cluster, which trusts everybody local. */
export type RolePasswords = Partial<Record<LoginRole, string>>;

export interface ClusterOptions {
  /** Folder of the cluster, created when missing. */
  dataDir: string;
  port: number;
  /** True for data that must outlive a crash; false gives up durability and passwords for speed, in tests. */
  durable: boolean;
  passwords: RolePasswords;
  /** Receives what the server complains of. */
  log?: (line: string) => void;
}

/** A running Postgres. */
export interface Cluster {
  port: number;
  pid: number;
  /** Connection string of a role; the database is `postgres` unless named. */
  url(role: LoginRole, database?: string): string;
  /** Resolves with the reason once the server ends without having been asked to. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Postgres on a data directory, creating the cluster when the directory is empty. A server that an earlier
 * start left behind on the same directory is shut down first.
 *
 * @throws StackError when the directory cannot be used, belongs to another major version, or the port is taken.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const user = await accountFor(options.dataDir);
  const { binaries, dataDir } = await placeFiles(options.dataDir, user);
  await stopOrphan(dataDir);
  await prepareDataDir(dataDir, user, binaries, options);

  const server = await launch(binaries, dataDir, user, options);
  const pid = server.process.pid;
  if (pid === undefined) throw new StackError('Postgres did not start.');
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    server.expectEnd();
    server.process.kill('SIGINT');
    if (!(await hasEnded(pid, 10_000))) {
      server.process.kill('SIGQUIT');
      await hasEnded(pid, 5_000);
    }
  };
  return {
    port: options.port,
    pid,
    url: (role, database = 'postgres') => {
      const password = options.passwords[role];
      const credentials = password === undefined ? role : `${role}:${encodeURIComponent(password)}`;
      return `postgresql://${credentials}@127.0.0.1:${options.port}/${database}`;
    },
    ended: server.ended,
    stop: () => (stopping ??= stop()),
  };
}

/** Root starts a cluster as the account that owns it already, so that its owner can still use it afterwards. */
async function accountFor(dataDir: string): Promise<SystemUser | undefined> {
  const dropped = await unprivilegedUser();
  const cluster = dropped && (await stat(dataDir).catch(() => undefined));
  return cluster && cluster.uid !== 0 ? { uid: cluster.uid, gid: cluster.gid } : dropped;
}

/** Root cannot lend its own folders to the account Postgres runs as; such files move to a twin of the system. */
async function placeFiles(
  wanted: string,
  user: SystemUser | undefined,
): Promise<{ binaries: PostgresBinaries; dataDir: string }> {
  let binaries = await findBinaries();
  let dataDir = wanted;
  if (user) {
    if (!(await canReach(user, binaries.postgres))) {
      binaries = await copyBinaries(binaries, join('/var/lib/tandem', `postgres-${postgresMajor}`));
    }
    if (!(await canReach(user, join(wanted, 'PG_VERSION')))) {
      dataDir = join(reachableTwin(wanted), 'postgres');
      if (!existsSync(wanted)) {
        // Whoever removed the data directory meant these files as well.
        await rm(dataDir, { recursive: true, force: true });
        await mkdir(dataDir, { recursive: true, mode: 0o711 });
        await mkdir(dirname(wanted), { recursive: true });
        await rm(wanted, { force: true });
        await symlink(dataDir, wanted);
      }
    }
  }
  return { binaries, dataDir };
}

async function prepareDataDir(
  dataDir: string,
  user: SystemUser | undefined,
  binaries: PostgresBinaries,
  options: ClusterOptions,
): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    if (user) await chown(dataDir, user.uid, user.gid);
    await chmod(dataDir, 0o700);
  } catch (error) {
    throw new StackError(
      `Cannot write to ${dataDir} (${codeOf(error)}): make it writable or choose another with --data.`,
    );
  }
  const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (version && version !== postgresMajor) {
    throw new StackError(
      `${dataDir} holds data of Postgres ${version} and this is Postgres ${postgresMajor}: choose another directory with --data, or wipe this one with --fresh.`,
    );
  }
  if (!version) await initialise(dataDir, user, binaries, options);
}

/**
 * Creates the cluster with `supabase_admin` as its superuser. It is made beside its place and moved there whole, so
 * that an interrupted creation is begun anew instead of being taken for a cluster.
 */
async function initialise(
  dataDir: string,
  user: SystemUser | undefined,
  binaries: PostgresBinaries,
  options: ClusterOptions,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-initdb-'));
  const passwordFile = join(folder, 'password');
  const password = options.passwords.supabase_admin;
  const unfinished = `${dataDir}.new`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    if (user) await chown(unfinished, user.uid, user.gid);
    await writeFile(passwordFile, password ?? '', { mode: 0o600 });
    if (user) for (const path of [folder, passwordFile]) await chown(path, user.uid, user.gid);
    const authentication =
      password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', '--pwfile', passwordFile];
    await run(
      binaries.initdb,
      ['-D', unfinished, '-U', 'supabase_admin', ...authentication]
        .concat(['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'])
        .concat(options.durable ? [] : ['--no-sync']),
      { ...user, cwd: '/' },
    );
    await rmdir(dataDir);
    await rename(unfinished, dataDir);
  } catch (error) {
    const reason = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const line = reason.split('\n').find((text) => /error|fatal|could not/i.test(text)) ?? reason.trim();
    throw new StackError(
      `Postgres could not create its files in ${dataDir}: ${line.replace(/^initdb: /, '')}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

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

interface Launched {
  process: ChildProcess;
  ended: Promise<string>;
  expectEnd(): void;
}

async function launch(
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
        if (isReady && !expected && /FATAL|PANIC|terminated by/.test(line))
          options.log?.(`postgres: ${line}`);
        const complaint =
          /(?:FATAL|PANIC|WARNING|HINT|LOG):\s+(could not bind.*|.*shared memory block.*)|(?:FATAL|PANIC):\s+(.*)/.exec(
            line,
          );
        if (complaint) complaints.push(complaint[1] ?? complaint[2] ?? line);
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

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
