import { readFile, rm, writeFile } from 'node:fs/promises';
import { isAlive, startOf } from '../shared/processes.ts';

/** Either the lock, to be given back, or the process that has it. */
export type LockAttempt = { release(): Promise<void> } | { owner: number };

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
      if (!taken || attempt > 3) throw error;
    }
    const owner = await livingOwner(file);
    if (owner !== undefined) return { owner };
    await rm(file, { force: true });
  }
}

async function livingOwner(file: string): Promise<number | undefined> {
  const [pid, start] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 1 || !isAlive(number)) return undefined;
  const now = await startOf(number);
  return start && now && start !== now ? undefined : number;
}
