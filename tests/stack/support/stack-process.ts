import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { StackOptions } from '../../../stack/main.ts';

const program = fileURLToPath(new URL('./stack-program.ts', import.meta.url));
const ready = z.object({
  url: z.string(),
  adminUrl: z.string(),
  secretKey: z.string(),
  postgresPid: z.number(),
});

export type SeparateOptions = Omit<StackOptions, 'log'>;

/** A stack in a process of its own, to be killed. */
export interface SeparateStack extends z.infer<typeof ready> {
  process: ChildProcess;
  /** Ends it as Ctrl-C would and gives the exit code. */
  stop(): Promise<number | null>;
  /** Ends it without giving it a chance to clean up. */
  kill(): Promise<void>;
  /** Resolves with what it printed once it has ended by itself. */
  end(): Promise<{ code: number | null; output: string }>;
}

/** Thrown when the stack did not start: what it said, and its exit code. */
export class StartFailure extends Error {
  override name = 'StartFailure';
  readonly code: number | null;

  constructor(output: string, code: number | null) {
    super(output);
    this.code = code;
  }
}

/** Starts a stack in a process of its own. */
export async function startSeparately(
  options: SeparateOptions,
  interruption?: { stopAfterMs: number },
): Promise<SeparateStack> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const exited = once(child, 'close');
  if (interruption) setTimeout(() => child.kill('SIGTERM'), interruption.stopAfterMs);
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => undefined),
  ]);
  if (!line) throw new StartFailure(output.trim(), child.exitCode);
  return {
    ...ready.parse(JSON.parse(String(line[0]))),
    process: child,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    end: async () => {
      await exited;
      return { code: child.exitCode, output: output.trim() };
    },
  };
}
