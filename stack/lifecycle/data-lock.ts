import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, startOf } from '../shared/processes.ts';
import { StackError } from '../shared/stack-error.ts';

/**
 * Makes this process the only one that uses a data directory. A lock left by a process that no longer lives is taken
 * over; the start time told apart from the process id keeps a reused id from passing for its former owner.
 *
 * @returns a function that gives the lock back.
 * @throws StackError when another start uses the directory.
 */
export async function lockDataDirectory(root: string): Promise<() => Promise<void>> {
  const file = join(root, 'lock');
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? ''}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = await livingOwner(file);
    if (owner !== undefined) {
      throw new StackError(
        `${root} is in use by another start (process ${owner}): stop that one, or choose another directory with --data.`,
      );
    }
    await rm(file, { force: true });
  }
  throw new StackError(`${root} is being started by another process right now: wait for it, then try again.`);
}

async function livingOwner(file: string): Promise<number | undefined> {
  const [pid, start] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 1 || !isAlive(number)) return undefined;
  const now = await startOf(number);
  return start && now && start !== now ? undefined : number;
}
