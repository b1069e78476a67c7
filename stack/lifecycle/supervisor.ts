import { StackError } from '../shared/stack-error.ts';
import { type Undo, undoAll } from './undo.ts';

const patienceMs = 40_000;
const parentCheckMs = 250;

/**
 * Runs a program of long-lived parts: starts them, and ends them in reverse order on a signal, when the start fails, or
 * when a part on which all else depends has ended. A failure that was foreseen is told in one line.
 *
 * @param start starts the parts, adding to `undo` as it goes, and calls `fail` should one of them end later.
 */
export async function supervise(
  start: (undo: Undo, fail: (reason: string) => void) => Promise<void>,
): Promise<void> {
  const undo: Undo = [];
  let stopping = false;
  let starting: Promise<void> = Promise.resolve();
  const stop = async (code: number, reason?: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    if (reason) console.error(reason);
    setTimeout(() => process.exit(code || 1), patienceMs).unref();
    // What is just being started can be ended once it has been; until then nobody knows how.
    await starting.catch(() => undefined);
    await undoAll(undo).catch((error: unknown) => console.error(String(error)));
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Asked a second time, it does not insist on doing it cleanly; the next start recovers.
      if (stopping) process.exit(1);
      void stop(0);
    });
  }
  // npm passes a signal on to a shell, which ends without telling this process.
  if (process.env['npm_lifecycle_event']) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) void stop(0);
    }, parentCheckMs).unref();
  }
  // A request that goes wrong in an unforeseen way must not take everybody else's work along.
  process.on('uncaughtException', (error) => console.error(`unexpected: ${describe(error)}`));
  process.on('unhandledRejection', (reason) => console.error(`unexpected: ${describe(reason)}`));
  try {
    starting = start(undo, (reason) => void stop(1, reason));
    await starting;
  } catch (error) {
    await stop(1, error instanceof StackError ? error.message : describe(error));
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
