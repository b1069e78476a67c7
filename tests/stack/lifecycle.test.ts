import { createServer, type Server } from 'node:net';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { generateKeys } from '../../stack/keys/keys.ts';
import { freePort, freeStackPorts } from '../../stack/shared/ports.ts';
import { isAlive } from '../../stack/shared/processes.ts';
import { type SeparateOptions, StartFailure, startSeparately } from './support/stack-process.ts';

const folders: string[] = [];
let options: SeparateOptions;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-lifecycle-'));
  await chmod(folder, 0o711);
  folders.push(folder);
  options = {
    dataDir: join(folder, 'data'),
    ...(await freeStackPorts()),
    siteUrl: 'http://127.0.0.1:3000',
    demo: false,
  };
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** What a start that fails says. */
async function refusal(of: SeparateOptions): Promise<string> {
  const failure: unknown = await startSeparately(of).then(
    async (stack) => {
      await stack.stop();
      return 'it started';
    },
    (error: unknown) => error,
  );
  if (!(failure instanceof StartFailure)) throw new Error(String(failure));
  expect(failure.code).toBe(1);
  return failure.message;
}

async function occupy(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

/** Several starts in a row, on a machine that may be busy. */
const patience = { timeout: 120_000 };

describe('a running stack', patience, () => {
  test('stops cleanly when asked, and starts again with the same keys and data', async () => {
    const first = await startSeparately(options);
    await query(first.adminUrl, `create table public.notes as select 'kept' as text`);
    expect(await first.stop()).toBe(0);
    expect(isAlive(first.postgresPid)).toBe(false);
    expect(await readFile(join(options.dataDir, 'lock'), 'utf8').catch(() => 'gone')).toBe('gone');

    const second = await startSeparately(options);
    expect(second.secretKey).toBe(first.secretKey);
    expect(await query(second.adminUrl, 'select * from public.notes')).toEqual([{ text: 'kept' }]);
    await second.stop();
  });

  test('stops cleanly while it is still starting, too', async () => {
    const interrupted = await startSeparately(options, { stopAfterMs: 900 }).catch(() => undefined);
    await interrupted?.end();
    await expect(readFile(join(options.dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow();
    const next = await startSeparately(options);
    expect(await next.stop()).toBe(0);
  });

  test('that is killed loses no committed row, and the next start takes over what it left', async () => {
    const first = await startSeparately(options);
    await query(first.adminUrl, `create table public.notes as select 'committed' as text`);
    await first.kill();
    expect(isAlive(first.postgresPid)).toBe(true);

    const second = await startSeparately(options);
    expect(isAlive(first.postgresPid)).toBe(false);
    expect(await query(second.adminUrl, 'select * from public.notes')).toEqual([{ text: 'committed' }]);
    await second.stop();
  });

  test('whose Postgres is killed says so and ends; the next start recovers every committed row', async () => {
    const first = await startSeparately(options);
    await query(first.adminUrl, `create table public.notes as select 'committed' as text`);
    process.kill(first.postgresPid, 'SIGKILL');
    const { code, output } = await first.end();
    expect(code).toBe(1);
    expect(output).toContain('Postgres ended unexpectedly');

    const second = await startSeparately(options);
    expect(await query(second.adminUrl, 'select * from public.notes')).toEqual([{ text: 'committed' }]);
    await second.stop();
  });

  test('keeps its secrets to itself', async () => {
    const stack = await startSeparately(options);
    expect((await stat(join(options.dataDir, 'keys.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(options.dataDir, 'postgres'))).mode & 0o777).toBe(0o700);
    const withoutPassword = new URL(stack.adminUrl);
    withoutPassword.password = '';
    await expect(query(withoutPassword.href, 'select 1')).rejects.toThrow();
    await stack.stop();
  });

  test('refuses a second start on its data, and goes on', async () => {
    const first = await startSeparately(options);
    const second = { ...options, apiPort: await freePort(), dbPort: await freePort() };
    expect(await refusal(second)).toMatch(/in use by another start \(process \d+\).*--data/);
    expect(await query(first.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await first.stop();
  });
});

describe('a start is refused in one line that says what to do', patience, () => {
  test.each([
    ['dbPort', '--db-port'],
    ['apiPort', '--api-port'],
    ['mailPort', '--mail-port'],
    ['studioPort', '--studio-port'],
  ] as const)('when the port of %s is taken, and nothing is left running', async (name, flag) => {
    const server = await occupy(options[name]);
    const message = await refusal(options);
    expect(message.split('\n')).toHaveLength(1);
    expect(message).toContain(`Port ${options[name]} is taken`);
    expect(message).toContain(flag);
    await new Promise((resolve) => server.close(resolve));
    await expect(readFile(join(options.dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow();
    await expect(readFile(join(options.dataDir, 'lock'))).rejects.toThrow();
  });

  test('when the data belong to another Postgres', async () => {
    await mkdir(join(options.dataDir, 'postgres'), { recursive: true });
    await writeFile(join(options.dataDir, 'postgres', 'PG_VERSION'), '16\n');
    await writeFile(join(options.dataDir, 'keys.json'), JSON.stringify(await generateKeys()));
    const message = await refusal(options);
    expect(message).toMatch(/holds data of Postgres 16 .* --data.*--fresh/);
    expect(message.split('\n')).toHaveLength(1);
  });

  test('when the directory cannot be written to', async () => {
    const closed = join(options.dataDir, 'closed');
    await mkdir(closed, { recursive: true });
    await chmod(closed, 0o555);
    // Permissions do not bind root; a file system that takes no files does.
    const dataDir = process.getuid?.() === 0 ? '/sys/tandem' : join(closed, 'data');
    const message = await refusal({ ...options, dataDir });
    expect(message).toMatch(/^Cannot write to .*: make it writable or choose another with --data\.$/);
  });

  test('when the keys are damaged, rather than locking the database out with new ones', async () => {
    await mkdir(options.dataDir, { recursive: true });
    await writeFile(join(options.dataDir, 'keys.json'), '{"publishable_key":');
    expect(await refusal(options)).toMatch(/keys\.json is damaged: .*--fresh/);
  });

  test('when the keys are missing beside data', async () => {
    await mkdir(join(options.dataDir, 'postgres'), { recursive: true });
    await writeFile(join(options.dataDir, 'postgres', 'PG_VERSION'), '17\n');
    expect(await refusal(options)).toMatch(/keys\.json is missing: .*--fresh/);
  });
});

test('a start that was killed while it created the database is begun anew', patience, async () => {
  await mkdir(join(options.dataDir, 'postgres.new', 'base'), { recursive: true });
  await writeFile(join(options.dataDir, 'postgres.new', 'PG_VERSION'), '17\n');
  const stack = await startSeparately(options);
  expect(await query(stack.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  await stack.stop();
});

test('beginning afresh wipes the data and nothing else', patience, async () => {
  const first = await startSeparately(options);
  await query(first.adminUrl, 'create table public.notes ()');
  await first.stop();
  await writeFile(join(options.dataDir, 'mine.txt'), 'not data');
  const second = await startSeparately({ ...options, fresh: true });
  expect(second.secretKey).not.toBe(first.secretKey);
  expect(await query(second.adminUrl, `select to_regclass('public.notes') as notes`)).toEqual([
    { notes: null },
  ]);
  expect(await readFile(join(options.dataDir, 'mine.txt'), 'utf8')).toBe('not data');
  await second.stop();
});
