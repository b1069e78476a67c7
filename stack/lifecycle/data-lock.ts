import { join } from 'node:path';
import { StackError } from '../shared/stack-error.ts';
import { tryLock } from './lock.ts';

/**
 * Makes this process the only one that uses a data directory.
 *
 * @returns a function that gives the lock back.
 * @throws StackError when another start uses the directory.
 */
export async function lockDataDirectory(root: string): Promise<() => Promise<void>> {
  const attempt = await tryLock(join(root, 'lock'));
  if ('release' in attempt) return attempt.release;
  throw new StackError(
    `${root} is in use by another start (process ${attempt.owner}): stop that one, or choose another directory with --data.`,
  );
}
