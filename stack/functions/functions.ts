import { existsSync, type FSWatcher, watch } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { answers, sendAnswer } from './answers.ts';
import { type FunctionDefinition, type FunctionsFolder, readDefinitions } from './definitions.ts';
import { findDeno } from './deno-binary.ts';
import { type ProjectEnvironment, projectVariables, readSecrets } from './environment.ts';
import { forward } from './forward.ts';
import { type FunctionLimits, FunctionProcess } from './function-process.ts';
import { createTokenVerifier } from './verify-token.ts';

const prefix = '/functions/v1';
/** How long a replaced process may go on with requests and background tasks. */
const longestRetirementMs = 30_000;
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface FunctionsOptions {
  /** The folder that holds `supabase/`. */
  projectDir: string;
  project: ProjectEnvironment;
  /** Secret that signs user tokens. */
  jwtSecret: string;
  /** Reload functions when their files change. */
  dev?: boolean;
  /** Where Deno keeps its compiled files; a folder of the installed packages when not given. */
  cacheDir?: string;
  limits?: Partial<Limits>;
  log?: (line: string) => void;
}

interface Limits extends FunctionLimits {
  /** Until an answer must have begun; 150 s as hosted. */
  answerMs: number;
  /** How long a process without requests and background tasks is kept. */
  idleMs: number;
}

const hostedLimits: Limits = {
  bootMs: 15_000,
  blockedMs: 5_000,
  heapMb: 256,
  processMb: 512,
  answerMs: 150_000,
  idleMs: 60_000,
};

export interface FunctionsServer {
  /** Serves a request below `/functions/v1`; false, untouched, for any other path. */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Names of the functions that have a process now. */
  running(): string[];
  stop(): Promise<void>;
}

/** Serves `supabase/functions/*`, each in a Deno process that starts with its first request and ends when idle. */
export async function startFunctions(options: FunctionsOptions): Promise<FunctionsServer> {
  const server = new Server(options);
  await server.read();
  if (options.dev) server.watch();
  return server;
}

class Server implements FunctionsServer {
  readonly #options: FunctionsOptions;
  readonly #limits: Limits;
  readonly #log: (line: string) => void;
  readonly #verify: ReturnType<typeof createTokenVerifier>;
  readonly #processes = new Map<string, FunctionProcess>();
  readonly #retiring = new Set<FunctionProcess>();
  readonly #idleTimers = new WeakMap<FunctionProcess, NodeJS.Timeout>();
  #folder: FunctionsFolder = { functions: new Map(), secrets: {} };
  #secrets: Record<string, string> = {};
  #watcher: FSWatcher | undefined;
  #deno: string | undefined;
  #stopped = false;

  constructor(options: FunctionsOptions) {
    this.#options = options;
    this.#limits = { ...hostedLimits, ...options.limits };
    this.#log = options.log ?? (() => undefined);
    const { jwks, publishableKey, secretKey } = options.project;
    this.#verify = createTokenVerifier({
      jwtSecret: options.jwtSecret,
      apiKeys: [publishableKey, secretKey],
      ...(jwks && { jwks }),
    });
  }

  async read(): Promise<void> {
    this.#folder = await readDefinitions(this.#options.projectDir);
    this.#secrets = await readSecrets(this.#options.projectDir, this.#folder.secrets, this.#log);
  }

  running(): string[] {
    return [...this.#processes.keys()];
  }

  async handleRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = request.url ?? '/';
    if (url !== prefix && !url.startsWith(`${prefix}/`) && !url.startsWith(`${prefix}?`)) return false;
    const path = url.slice(prefix.length) || '/';
    const definition = this.#folder.functions.get(/^\/([^/?#]*)/.exec(path)?.[1] ?? '');
    if (!definition) sendAnswer(response, answers.notFound);
    else if (!methods.has(request.method ?? '')) sendAnswer(response, answers.methodNotAllowed);
    else if (await this.#mayPass(definition, request, response))
      await this.#serve(definition, path, request, response);
    return true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watcher?.close();
    await Promise.all([...this.#processes.values(), ...this.#retiring].map((process) => process.stop()));
  }

  /** Reloads what changed: one function for a file in its folder, everything for shared files and settings. */
  watch(): void {
    const folder = join(this.#options.projectDir, 'supabase');
    if (!existsSync(folder)) return;
    let timer: NodeJS.Timeout | undefined;
    const changed = new Set<string>();
    this.#watcher = watch(folder, { recursive: true }, (_event, file) => {
      const [first, second = '', third] = (file ?? '').split(/[\\/]/);
      if (file !== 'config.toml' && first !== 'functions') return;
      changed.add(third === undefined || second.startsWith('_') ? '*' : second);
      clearTimeout(timer);
      timer = setTimeout(() => void this.#reload(changed), 50);
    });
    this.#watcher.on('error', (error) =>
      this.#log(`functions: changes are no longer noticed: ${error.message}`),
    );
  }

  async #reload(changed: Set<string>): Promise<void> {
    const names = changed.has('*') ? this.running() : [...changed];
    changed.clear();
    await this.read().catch((error: unknown) => this.#log(`functions: ${String(error)}`));
    for (const name of names) {
      const process = this.#processes.get(name);
      if (process) void this.#replace(process);
    }
  }

  async #mayPass(
    definition: FunctionDefinition,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    if (!definition.verifyJwt || request.method === 'OPTIONS') return true;
    const problem = await this.#verify(request.headers);
    if (problem) sendAnswer(response, problem === 'missing' ? answers.missingToken : answers.invalidToken);
    return problem === undefined;
  }

  async #serve(
    definition: FunctionDefinition,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const process = this.#processes.get(definition.name) ?? this.#start(definition);
    if (!process) {
      sendAnswer(response, answers.bootError);
      return;
    }
    clearTimeout(this.#idleTimers.get(process));
    await process.serve(async () => {
      const port = await process.ready.catch(() => undefined);
      if (port === undefined) {
        sendAnswer(response, answers.bootError);
        return;
      }
      const { secret } = process;
      const result = await forward(request, response, {
        port,
        secret,
        path,
        answerMs: this.#limits.answerMs,
      });
      if (result === 'silent') sendAnswer(response, answers.idleTimeout);
      if (result === 'threw') sendAnswer(response, answers.workerError);
      if (result === 'failed') {
        const reason = await Promise.race([process.ended, delay(1_000)]);
        sendAnswer(response, reason === 'limit' ? answers.workerLimit : answers.workerError);
      }
    });
    if (process.active === 0 && this.#processes.get(definition.name) === process) {
      this.#idleTimers.set(
        process,
        setTimeout(() => void this.#endIfIdle(process), this.#limits.idleMs).unref(),
      );
    }
  }

  #start(definition: FunctionDefinition): FunctionProcess | undefined {
    if (this.#stopped) return undefined;
    const { projectDir, project } = this.#options;
    try {
      const process = new FunctionProcess(definition, {
        deno: (this.#deno ??= findDeno()),
        projectDir,
        cacheDir: this.#options.cacheDir ?? join(projectDir, 'node_modules', '.cache', 'tandem-functions'),
        variables: { ...this.#secrets, ...projectVariables(project) },
        limits: this.#limits,
        log: this.#log,
      });
      this.#processes.set(definition.name, process);
      void process.ended.then(() => {
        if (this.#processes.get(definition.name) === process) this.#processes.delete(definition.name);
        this.#retiring.delete(process);
      });
      return process;
    } catch (error) {
      this.#log(`function ${definition.name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  async #endIfIdle(process: FunctionProcess): Promise<void> {
    const timer = this.#idleTimers.get(process);
    const tasks = await process.tasks();
    // A request that came in the meantime sets its own timer when it is done.
    const isStillIdle = process.active === 0 && this.#idleTimers.get(process) === timer;
    if (!isStillIdle || this.#processes.get(process.name) !== process) return;
    if (tasks) {
      this.#idleTimers.set(
        process,
        setTimeout(() => void this.#endIfIdle(process), this.#limits.idleMs).unref(),
      );
      return;
    }
    this.#processes.delete(process.name);
    await process.stop();
  }

  /** Lets a process finish what it does while the next request already starts a new one. */
  async #replace(process: FunctionProcess): Promise<void> {
    this.#processes.delete(process.name);
    this.#retiring.add(process);
    const deadline = Date.now() + longestRetirementMs;
    while (Date.now() < deadline && this.#retiring.has(process)) {
      if (process.active === 0 && !(await process.tasks())) break;
      await delay(100);
    }
    await process.stop();
  }
}

const delay = (milliseconds: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
