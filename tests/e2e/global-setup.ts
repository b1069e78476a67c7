import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Asks the system for ports nobody listens on. They are closed again before the product takes them. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port was assigned.');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Starts the built product with its demo data as `npm start --json` does, hands its addresses to the tests in
 * `TANDEM_E2E`, and stops it at the end. With `TANDEM_E2E` already set, tests run against that instance.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (process.env.TANDEM_E2E !== undefined) return async () => {};
  const data = await mkdtemp(join(tmpdir(), 'tandem-e2e-'));
  const [app, api, db, studio, mail] = await freePorts(5);
  const child = spawn(
    process.execPath,
    ['scripts/start.ts', '--json', '--data', data, '--port', `${app}`, '--api-port', `${api}`, '--db-port', `${db}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TANDEM_STUDIO_PORT: `${studio}`, TANDEM_MAIL_PORT: `${mail}` },
    },
  );
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The product did not start (exit code ${code}).`)));
  });
  process.env.TANDEM_E2E = line;
  process.env.TANDEM_E2E_DATA = data;
  return async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    await rm(data, { recursive: true, force: true });
  };
}
