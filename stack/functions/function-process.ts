import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionDefinition } from './definitions.ts';

/** Limits of one function's process; the defaults are those of hosted Supabase where one process can keep them. */
export interface FunctionLimits {
  /** Until the module must have been loaded. */
  bootMs: number;
  /** Longest time a function may keep the processor to itself; hosted allows 2 s of CPU. */
  blockedMs: number;
  /** Heap of the function in megabytes. */
  heapMb: number;
  /** Memory of the whole process in megabytes; Deno itself takes about 80. */
  processMb: number;
}

export interface FunctionProcessOptions {
  deno: string;
  projectDir: string;
  cacheDir: string;
  variables: Record<string, string>;
  limits: FunctionLimits;
  log(line: string): void;
}

/** Why a process is gone: `boot` never listened, `limit` was ended or died for want of resources. */
export type EndReason = 'boot' | 'crash' | 'limit' | 'stopped';

export const secretHeader = 'x-function-secret';

interface Status {
  /** Promises handed to `EdgeRuntime.waitUntil` that have not settled. */
  tasks: number;
  /** Resident memory in bytes. */
  memory: number;
}

const watchPeriodMs = 500;
/** How often a function is asked about its tasks before it counts as one that never answers. */
const taskQuestions = 5;

/**
 * A function in a Deno process of its own. Whatever the function does, an uncaught error, `Deno.exit()`, an endless
 * loop, too much memory, ends at most this process; the next request starts a new one.
 */
export class FunctionProcess {
  readonly name: string;
  readonly secret = randomBytes(24).toString('hex');
  /** Resolves with the port once the function listens; rejects with nothing readable when it never does. */
  readonly ready: Promise<number>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<EndReason>;
  /** Requests being served. */
  active = 0;
  readonly #options: FunctionProcessOptions;
  readonly #child: ChildProcess;
  #reason: EndReason = 'boot';
  #port = 0;
  #watching = false;

  constructor(definition: FunctionDefinition, options: FunctionProcessOptions) {
    this.name = definition.name;
    this.#options = options;
    this.#child = spawn(options.deno, denoArguments(definition, options), {
      cwd: dirname(definition.entrypoint),
      env: {
        ...options.variables,
        PATH: process.env['PATH'] ?? '',
        HOME: options.cacheDir,
        DENO_DIR: options.cacheDir,
        DENO_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        options.log(`function ${this.name}: ${error.message}`);
        resolve('boot');
      });
      // Not 'exit': what the process wrote last may tell why it died.
      this.#child.once('close', () => resolve(this.#reason));
    });
    this.ready = this.#boot();
    this.ready.catch(() => undefined);
    // The function may be gone before it reads its secret.
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdin?.write(`${this.secret}\n`);
  }

  /** Counts a request and watches the process for as long as any is under way. */
  async serve<T>(work: () => Promise<T>): Promise<T> {
    this.active++;
    void this.#watch();
    try {
      return await work();
    } finally {
      this.active--;
    }
  }

  /** Background tasks of the function, or undefined when it does not answer although it was asked several times. */
  async tasks(): Promise<number | undefined> {
    let isGone = false;
    void this.ended.then(() => (isGone = true));
    for (let asked = 1; ; asked++) {
      const status = await this.#status();
      if (status || isGone || asked === taskQuestions) return status?.tasks;
      // It may be busy with the very task that is asked about.
      await sleep(watchPeriodMs);
    }
  }

  /** Ends the process at once. */
  async stop(): Promise<void> {
    this.#end('stopped');
    await this.ended;
  }

  #end(reason: EndReason): void {
    this.#reason = reason;
    this.#child.kill('SIGKILL');
  }

  #boot(): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#options.log(`function ${this.name}: not ready after ${this.#options.limits.bootMs} ms`);
        this.#end('boot');
      }, this.#options.limits.bootMs);
      void this.ended.then(() => {
        clearTimeout(timer);
        reject(new Error('the function did not start'));
      });
      eachLine(this.#child.stdout, (line) => {
        if (this.#port === 0 && line.startsWith(`${this.secret} `)) {
          clearTimeout(timer);
          this.#port = Number(line.slice(this.secret.length + 1));
          this.#reason = 'crash';
          resolve(this.#port);
        } else this.#options.log(`function ${this.name}: ${line}`);
      });
      eachLine(this.#child.stderr, (line) => {
        if (/out of memory|memory limit/i.test(line) && this.#reason === 'crash') this.#reason = 'limit';
        this.#options.log(`function ${this.name}: ${line}`);
      });
    });
  }

  /** While requests are under way, asks again and again whether the function still lets others have a turn. */
  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    await this.ready.catch(() => undefined);
    // From now on: loading the module has a limit of its own.
    let lastAnswer = Date.now();
    while (this.active > 0 && this.#reason === 'crash') {
      const status = await this.#status();
      if (status) lastAnswer = Date.now();
      const { blockedMs, processMb } = this.#options.limits;
      if (Date.now() - lastAnswer > blockedMs) {
        this.#options.log(
          `function ${this.name}: ended, it kept the processor busy for more than ${blockedMs} ms`,
        );
        this.#end('limit');
      } else if (status && status.memory > processMb * 1024 * 1024) {
        this.#options.log(`function ${this.name}: ended, it used more than ${processMb} MB of memory`);
        this.#end('limit');
      }
      await sleep(watchPeriodMs);
    }
    this.#watching = false;
  }

  async #status(): Promise<Status | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#port}/_host/status`, {
        headers: { [secretHeader]: this.secret },
        signal: AbortSignal.timeout(watchPeriodMs),
      });
      return (await response.json()) as Status;
    } catch {
      return undefined;
    }
  }
}

function denoArguments(definition: FunctionDefinition, options: FunctionProcessOptions): string[] {
  const { importMap } = definition;
  const isConfig = importMap !== undefined && /^deno\.jsonc?$/.test(basename(importMap));
  const readable = [
    join(options.projectDir, 'supabase'),
    join(options.projectDir, 'node_modules'),
    options.cacheDir,
  ];
  return [
    'run',
    '--quiet',
    '--no-prompt',
    '--no-lock',
    // Packages come from node_modules, installed with the project; nothing is fetched while a function starts.
    '--cached-only',
    '--node-modules-dir=manual',
    ...(isConfig ? ['--config', importMap] : ['--no-config']),
    ...(importMap !== undefined && !isConfig ? ['--import-map', importMap] : []),
    '--allow-net',
    '--allow-env',
    '--allow-sys',
    `--allow-read=${readable.join(',')}`,
    `--v8-flags=--max-old-space-size=${options.limits.heapMb}`,
    fileURLToPath(new URL('./host.deno.ts', import.meta.url)),
    pathToFileURL(definition.entrypoint).href,
  ];
}

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream?.on('end', () => {
    if (rest) take(rest);
  });
}
