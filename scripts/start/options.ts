import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isLoopback } from '../../stack/shared/local-requests.ts';
import { projectRoot } from '../../stack/shared/paths.ts';
import { StackError } from '../../stack/shared/stack-error.ts';

export interface StartOptions {
  port: number;
  apiPort: number;
  dbPort: number;
  studioPort: number;
  mailPort: number;
  data: string;
  host: string;
  fresh: boolean;
  json: boolean;
  demo: boolean;
  demoKeys: boolean;
  dev: boolean;
  databaseUrl: string | undefined;
}

export const usage = `Usage: npm start -- [options]

  --port PORT         the app (TANDEM_PORT, 3000)
  --api-port PORT     the API (TANDEM_API_PORT, 54321)
  --db-port PORT      Postgres (TANDEM_DB_PORT, 54322)
  --studio-port PORT  Studio (TANDEM_STUDIO_PORT, two above the API)
  --mail-port PORT    caught mail (TANDEM_MAIL_PORT, three above the API)
  --data DIRECTORY    where everything is kept (TANDEM_DATA, .tandem)
  --host ADDRESS      open the app to a network (TANDEM_HOST, 127.0.0.1)
  --fresh             begin with empty data (TANDEM_FRESH=1)
  --no-demo           without demo data (TANDEM_NO_DEMO=1)
  --demo-keys         the well-known keys of the Supabase CLI, on loopback only (TANDEM_DEMO_KEYS=1)
  --dev               reload the app and the functions when their sources change (TANDEM_DEV=1)
  --json              print one line of JSON when ready (TANDEM_JSON=1)

TANDEM_DATABASE_URL uses a Postgres of your own. docs/operations.md tells more.`;

/**
 * Reads flags and, where there is none, the environment.
 *
 * @throws StackError naming the option that is wrong.
 */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): StartOptions {
  const { values } = parse(args);
  const text = (flag: keyof typeof values, variable: string): string | undefined => {
    const value = values[flag];
    return typeof value === 'string' ? value : env[variable] || undefined;
  };
  const yes = (flag: keyof typeof values, variable: string): boolean =>
    values[flag] === true || ['1', 'true', 'yes'].includes(env[variable]?.toLowerCase() ?? '');
  const port = (flag: keyof typeof values, variable: string, fallback: number): number =>
    portNumber(text(flag, variable), `--${flag}`, fallback);

  const apiPort = port('api-port', 'TANDEM_API_PORT', 54321);
  const options: StartOptions = {
    port: port('port', 'TANDEM_PORT', 3000),
    apiPort,
    dbPort: port('db-port', 'TANDEM_DB_PORT', 54322),
    studioPort: port('studio-port', 'TANDEM_STUDIO_PORT', apiPort + 2),
    mailPort: port('mail-port', 'TANDEM_MAIL_PORT', apiPort + 3),
    data: text('data', 'TANDEM_DATA') ?? join(projectRoot, '.tandem'),
    host: text('host', 'TANDEM_HOST') ?? '127.0.0.1',
    fresh: yes('fresh', 'TANDEM_FRESH'),
    json: yes('json', 'TANDEM_JSON'),
    demo: !yes('no-demo', 'TANDEM_NO_DEMO'),
    demoKeys: yes('demo-keys', 'TANDEM_DEMO_KEYS'),
    dev: yes('dev', 'TANDEM_DEV'),
    databaseUrl: env['TANDEM_DATABASE_URL'] || undefined,
  };
  check(options);
  return options;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        'api-port': { type: 'string' },
        'db-port': { type: 'string' },
        'studio-port': { type: 'string' },
        'mail-port': { type: 'string' },
        data: { type: 'string' },
        host: { type: 'string' },
        fresh: { type: 'boolean' },
        json: { type: 'boolean' },
        'no-demo': { type: 'boolean' },
        'demo-keys': { type: 'boolean' },
        dev: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    throw new StackError(`${reason}: "npm start -- --help" lists the options.`);
  }
}

function portNumber(value: string | undefined, flag: string, fallback: number): number {
  const port = value === undefined ? fallback : Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new StackError(`${flag} ${value ?? port} is not a port: give a number from 1 to 65535.`);
}

function check(options: StartOptions): void {
  if (options.host !== 'localhost' && isIP(options.host) === 0) {
    throw new StackError(
      `--host ${options.host} is not an address: give one such as 0.0.0.0 or 192.168.1.20.`,
    );
  }
  if (options.demoKeys && !isLoopback(options.host)) {
    throw new StackError(
      `--demo-keys are known to everybody and are refused on ${options.host}: leave them out, or leave out --host.`,
    );
  }
  const ports = new Map<number, string>();
  const named = {
    app: options.port,
    API: options.apiPort,
    database: options.dbPort,
    Studio: options.studioPort,
  };
  for (const [name, port] of Object.entries({ ...named, mail: options.mailPort })) {
    const other = ports.get(port);
    if (other)
      throw new StackError(
        `Port ${port} is given to both ${other} and ${name}: choose another for one of them.`,
      );
    ports.set(port, name);
  }
}
