/**
 * `npm start`: the local stack and the app on it, until Ctrl-C. `--help` lists the options. Standard output carries the
 * addresses only, and with `--json` exactly one line; everything else goes to standard error.
 */
import { Console } from 'node:console';
import { startApp } from '../stack/app/app-server.ts';
import { ensureBuilt } from '../stack/app/build.ts';
import { type Stack, startStack } from '../stack/main.ts';
import { StackError } from '../stack/shared/stack-error.ts';
import { readOptions, type StartOptions, usage } from './start/options.ts';
import { describeStart } from './start/report.ts';

// What libraries print must not end up among the addresses.
globalThis.console = new Console(process.stderr, process.stderr);
const log = (line: string): void => console.error(line);
const undo: (() => Promise<void>)[] = [];

/** A loopback address reads best as the one that links in mail and cookies will carry. */
function siteUrl({ host, port }: StartOptions): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return process.env['ORIGIN'] ?? `http://${name}:${port}`;
}

function provideEnvironment(stack: Stack): void {
  Object.assign(process.env, {
    PUBLIC_SUPABASE_URL: stack.url,
    PUBLIC_SUPABASE_BROWSER_URL: 'same-origin',
    PUBLIC_SUPABASE_PUBLISHABLE_KEY: stack.keys.publishable_key,
    SUPABASE_SECRET_KEY: stack.keys.secret_key,
    TANDEM_DEMO_FILE: stack.demoFile ?? '',
  });
}

async function start(options: StartOptions): Promise<void> {
  const began = performance.now();
  const handlerFile = options.dev ? undefined : await ensureBuilt(log);
  const stack = await startStack({
    ...options,
    dataDir: options.data,
    siteUrl: siteUrl(options),
    log,
  });
  undo.push(() => stack.stop());
  stack.ended.then((reason) => stop(1, reason)).catch(() => undefined);
  provideEnvironment(stack);
  const app = await startApp({ ...options, gateway: stack.gateway, handlerFile });
  undo.push(() => app.close());
  const addresses = {
    app: siteUrl(options),
    api: stack.url,
    database: stack.databaseUrl,
    studio: stack.studioUrl,
    mail: stack.mailUrl,
    publishable_key: stack.keys.publishable_key,
    secret_key: stack.keys.secret_key,
  };
  const seconds = (performance.now() - began) / 1000;
  const report = options.json
    ? JSON.stringify(addresses)
    : await describeStart(addresses, seconds, stack.demoFile);
  process.stdout.write(`${report}\n`);
}

let stopping = false;
async function stop(code: number, reason?: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (reason) log(reason);
  const patience = setTimeout(() => process.exit(code || 1), 15_000);
  patience.unref();
  for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => log(String(error)));
  process.exit(code);
}

function fail(error: unknown): void {
  const expected = error instanceof StackError;
  const reason = expected
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  void stop(1, reason);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Asked a second time, it does not insist on doing it cleanly; the next start recovers.
    if (stopping) process.exit(1);
    void stop(0);
  });
}
// A request that goes wrong in an unforeseen way must not take everybody else's work along.
process.on('uncaughtException', (error) => log(`unexpected: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) =>
  log(`unexpected: ${reason instanceof Error ? reason.stack : String(reason)}`),
);

if (process.argv.includes('--help')) {
  process.stdout.write(`${usage}\n`);
} else {
  try {
    await start(readOptions(process.argv.slice(2), process.env));
  } catch (error) {
    fail(error);
  }
}
