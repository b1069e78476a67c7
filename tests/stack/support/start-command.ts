/** What `npm start` runs, in a process of its own, with free ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Addresses, parseAddresses } from '../../fixtures/product.ts';
import { freePorts } from '../../../stack/shared/ports.ts';
import { projectRoot } from '../../../stack/shared/paths.ts';
import { StartFailure } from './stack-process.ts';

interface StartCommand {
  data: string;
  flags?: string[];
  env?: Record<string, string>;
  /** The account it runs as; whoever runs the tests unless named. */
  account?: { uid: number; gid: number } | undefined;
}

export interface StartedProduct {
  addresses: Addresses;
  ports: Record<'app' | 'api' | 'database' | 'studio' | 'mail', number>;
  /** Ends it as Ctrl-C would and gives the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts the product and waits until it is ready.
 *
 * @throws StartFailure with what it said when it ended instead.
 */
export async function startCommand({
  data,
  flags = [],
  env,
  account,
}: StartCommand): Promise<StartedProduct> {
  const [app = 0, api = 0, database = 0, studio = 0, mail = 0] = await freePorts(5);
  const ports = { app, api, database, studio, mail };
  const given = Object.entries({ ...ports, data }).flatMap(([name, value]) => [flagOf(name), String(value)]);
  const child = spawn(process.execPath, ['scripts/start.ts', '--json', ...given, ...flags], {
    cwd: projectRoot,
    env: { ...quietEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...account,
  });
  return { addresses: await ready(child), ports, stop: () => ended(child) };
}

const flagOf = (name: string): string =>
  ({ app: '--port', database: '--db-port', data: '--data' })[name] ?? `--${name}-port`;

/** The environment without anything that would change a start. */
function quietEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(TANDEM_|PUBLIC_SUPABASE_|SUPABASE_|ORIGIN$|PROTOCOL_HEADER$|npm_|VITEST|NODE_ENV$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

async function ready(child: ChildProcess): Promise<Addresses> {
  if (!child.stdout || !child.stderr) throw new Error('The start has no output.');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const closed = once(child, 'close').then(() => undefined);
  const line = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), closed]);
  if (!line) throw new StartFailure(said.trim(), child.exitCode);
  return parseAddresses(String(line[0]));
}

async function ended(child: ChildProcess): Promise<number | null> {
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
  return child.exitCode;
}

/** The one line that a start which is refused says. */
export async function refusalOf(command: StartCommand): Promise<string> {
  const failure: unknown = await startCommand(command).then(
    async (product) => {
      await product.stop();
      return new Error('It started.');
    },
    (error: unknown) => error,
  );
  if (!(failure instanceof StartFailure)) throw failure;
  if (failure.code !== 1) throw new Error(`It ended with ${failure.code}: ${failure.message}`);
  if (failure.message.includes('\n')) throw new Error(`It said more than a line: ${failure.message}`);
  return failure.message;
}
