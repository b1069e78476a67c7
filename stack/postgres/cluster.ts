import { hasEnded } from '../shared/processes.ts';
import { StackError } from '../shared/stack-error.ts';
import { accountFor, placeFiles, prepareDataDir } from './cluster-files.ts';
import type { ClusterOptions, LoginRole } from './cluster-options.ts';
import { launch, stopOrphan } from './server-process.ts';

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
