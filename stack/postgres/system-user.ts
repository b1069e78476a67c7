import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StackError } from '../shared/stack-error.ts';

const run = promisify(execFile);

/** Where root keeps files of Postgres that lie below folders closed to others. */
export const twinsFolder = '/var/lib/tandem';

/** An account of the operating system that Postgres runs as when the stack itself runs as root. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/** Postgres refuses to run as root: picks the account to drop to, or undefined when nobody is root. */
export async function unprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]).catch(() => undefined);
    if (ids) return { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout) };
  }
  throw new StackError(
    'Postgres cannot run as root and there is no user "postgres" or "nobody": start as an ordinary user.',
  );
}

/** Whether the account may pass through every existing folder on the way to `path`. */
export async function canReach(user: SystemUser, path: string): Promise<boolean> {
  let folder = resolve(path);
  while (folder !== parse(folder).root) {
    folder = dirname(folder);
    const entry = await stat(folder).catch(() => undefined);
    if (!entry) continue;
    const bit = entry.uid === user.uid ? 0o100 : entry.gid === user.gid ? 0o010 : 0o001;
    if ((entry.mode & bit) === 0) return false;
  }
  return true;
}

/**
 * Where files go that belong below `path` but that the account cannot reach there, as when a checkout lies in
 * root's own home: a folder of the system that is tied to `path` by name.
 */
export function reachableTwin(path: string): string {
  const absolute = resolve(path);
  return join(twinsFolder, createHash('sha256').update(absolute).digest('hex').slice(0, 16));
}

/** Removes twins whose data directory is gone: whoever removed that meant these files as well. */
export async function sweepTwins(): Promise<void> {
  for (const name of await readdir(twinsFolder).catch(() => [])) {
    const twin = join(twinsFolder, name);
    const origin = await readFile(join(twin, 'origin'), 'utf8').catch(() => undefined);
    if (origin === undefined || (await exists(origin))) continue;
    if (await exists(join(twin, 'postgres', 'postmaster.pid'))) continue;
    await rm(twin, { recursive: true, force: true });
  }
}

/** Whether there is an entry of this name, be it a link that leads nowhere. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
