/**
 * `npm start`: the local stack and the app on it, until Ctrl-C. `--help` lists the options. Standard output carries the
 * addresses only, and with `--json` exactly one line; everything else goes to standard error.
 */
import { Console } from 'node:console';
import { startApp } from '../stack/app/app-server.ts';
import { ensureBuilt } from '../stack/app/build.ts';
import { supervise } from '../stack/lifecycle/supervisor.ts';
import type { Undo } from '../stack/lifecycle/undo.ts';
import { type Stack, startStack } from '../stack/main.ts';
import { requirePort } from '../stack/shared/http-server.ts';
import { readOptions, type StartOptions, usage } from './start/options.ts';
import { describeStart } from './start/report.ts';

// What libraries print must not end up among the addresses.
globalThis.console = new Console(process.stderr, process.stderr);
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const log = (line: string): void => console.error(line);

/** The address of the app that links in mail carry: the operator's own, or the one it listens on. */
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
    TANDEM_MAIL_URL: stack.mailUrl,
  });
}

async function start(options: StartOptions, undo: Undo, fail: (reason: string) => void): Promise<void> {
  const began = performance.now();
  await requirePort({ name: 'the app', host: options.host, port: options.port, flag: '--port' });
  const handlerFile = options.dev ? undefined : await ensureBuilt(log);
  const stack = await startStack({ ...options, dataDir: options.data, siteUrl: siteUrl(options), log });
  undo.push({ part: 'the stack', end: () => stack.stop(), isWhole: true });
  stack.ended.then(fail, fail);
  provideEnvironment(stack);
  const app = await startApp({ ...options, gateway: stack.gateway, handlerFile });
  undo.push({ part: 'the app', end: () => app.close() });
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
  print(`${report}\n`);
}

if (process.argv.includes('--help')) print(`${usage}\n`);
else await supervise((undo, fail) => start(readOptions(process.argv.slice(2), process.env), undo, fail));
