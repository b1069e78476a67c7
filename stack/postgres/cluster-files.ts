import { execFile } from 'node:child_process';
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
import { promisify } from 'node:util';
import { codeOf } from '../shared/error-code.ts';
import { StackError } from '../shared/stack-error.ts';
import { copyBinaries, findBinaries, type PostgresBinaries } from './binaries.ts';
import type { ClusterOptions } from './cluster-options.ts';
import {
  canReach,
  reachableTwin,
  sweepTwins,
  type SystemUser,
  twinsFolder,
  unprivilegedUser,
} from './system-user.ts';

const run = promisify(execFile);

/** The major version that hosted Supabase runs and that the binaries have. */
const postgresMajor = '17';

/** Root starts a cluster as the account that owns it already, so that its owner can still use it afterwards. */
export async function accountFor(dataDir: string): Promise<SystemUser | undefined> {
  const dropped = await unprivilegedUser();
  const cluster = dropped && (await stat(dataDir).catch(() => undefined));
  return cluster && cluster.uid !== 0 ? { uid: cluster.uid, gid: cluster.gid } : dropped;
}

/** Root cannot lend its own folders to the account Postgres runs as; such files move to a twin of the system. */
export async function placeFiles(
  wanted: string,
  user: SystemUser | undefined,
): Promise<{ binaries: PostgresBinaries; dataDir: string }> {
  let binaries = await findBinaries();
  let dataDir = wanted;
  if (user) {
    if (!(await canReach(user, binaries.postgres))) {
      binaries = await copyBinaries(binaries, join(twinsFolder, `postgres-${postgresMajor}`));
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
        await writeFile(join(dirname(dataDir), 'origin'), wanted, { mode: 0o600 });
        await sweepTwins();
      }
    }
  }
  return { binaries, dataDir };
}

/** Creates the cluster where there is none, and refuses one of another version. */
export async function prepareDataDir(
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
