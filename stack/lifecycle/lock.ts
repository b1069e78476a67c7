import { mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startOf } from '../shared/processes.ts';

/** Either the lock, to be given back, or the process that has it. */
export type LockAttempt = { release(): Promise<void> } | { owner: number };

const mostAttempts = 100;
const pauseMs = 20;
/** After so many looks, a lock that is still empty was never written by whoever made it. */
const looksAtEmpty = 25;
const takeoverMs = 5_000;

/**
 * Takes a lock that is a file with the id of its owner. One left by a process that no longer lives is taken over; the
 * start time beside the id keeps a reused id from passing for its former owner.
 */
export async function tryLock(file: string): Promise<LockAttempt> {
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? ''}`;
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!taken || attempt > mostAttempts) throw error;
    }
    const content = await readFile(file, 'utf8').catch(() => undefined);
    if (content === undefined) continue;
    const owner = await livingOwner(content);
    if (owner !== undefined) return { owner };
    if (content === '' && attempt < looksAtEmpty) await sleep(pauseMs);
    else await removeStale(file, content);
  }
}

async function livingOwner(content: string): Promise<number | undefined> {
  const [pid, start] = content.split(' ');
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 1 || !isAlive(number)) return undefined;
  const now = await startOf(number);
  return start && now && start !== now ? undefined : number;
}

/**
 * Removes what a dead owner left. One at a time, each looking once more: of two that found the same dead owner, the later
 * would otherwise remove the lock that the earlier has meanwhile taken.
 */
async function removeStale(file: string, content: string): Promise<void> {
  const turn = `${file}.takeover`;
  try {
    await mkdir(turn);
  } catch {
    const since = (await stat(turn).catch(() => undefined))?.mtimeMs;
    if (since !== undefined && Date.now() - since > takeoverMs) await rmdir(turn).catch(() => undefined);
    else await sleep(pauseMs);
    return;
  }
  try {
    if ((await readFile(file, 'utf8').catch(() => undefined)) === content) await rm(file, { force: true });
  } finally {
    await rmdir(turn).catch(() => undefined);
  }
}
