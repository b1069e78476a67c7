import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { glob, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { readProjectConfig } from '../project-config.ts';
import { projectRoot } from '../shared/paths.ts';
import { StackError } from '../shared/stack-error.ts';
import { describeFailure } from './migration-failure.ts';

export interface MigrateOptions {
  /** Connection string of the role that owns the schema, `postgres`. */
  url: string;
  /** Whether the seed files of config.toml are applied as well. */
  seed: boolean;
  /** Folder that holds `supabase/`; the repository unless a test brings its own. */
  workdir?: string;
  /** Home directory for the CLI's own files, so that it never touches the person's. */
  home?: string;
}

/**
 * Applies the pending migrations, and the seed when asked to, with the official `supabase` CLI.
 *
 * @throws StackError naming file, line and message of the statement that failed. Files before it stay applied:
 *   {@link migrateOrRestore} takes them back.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const workdir = options.workdir ?? projectRoot;
  const { code, output } = await push(options, workdir);
  if (code !== 0) throw new StackError(await describeFailure(output, workdir, options.url));
}

/** What `db push` would still have to do. */
export interface PendingWork {
  migrations: string[];
  seed: boolean;
}

/** Compares the files with the history that the CLI keeps in the database; tells within milliseconds. */
export async function pendingWork(options: MigrateOptions): Promise<PendingWork> {
  const folder = join(options.workdir ?? projectRoot, 'supabase');
  const files = (await readdir(join(folder, 'migrations')).catch(() => [])).filter((name) =>
    /^\d+_.*\.sql$/.test(name),
  );
  const seeds = options.seed ? await seedHashes(options.workdir) : [];
  const client = new pg.Client({ connectionString: options.url });
  await client.connect();
  try {
    const applied = await rowsIfExists(client, 'schema_migrations', 'version');
    const seeded = await rowsIfExists(client, 'seed_files', 'hash');
    return {
      migrations: files.filter((name) => !applied.includes(name.split('_')[0] ?? '')).sort(),
      seed: seeds.some((hash) => !seeded.includes(hash)),
    };
  } finally {
    await client.end();
  }
}

async function rowsIfExists(client: pg.Client, table: string, column: string): Promise<string[]> {
  const name = `supabase_migrations.${table}`;
  const found = await client.query<{ present: boolean }>('select to_regclass($1) is not null as present', [
    name,
  ]);
  if (!found.rows[0]?.present) return [];
  const rows = await client.query<{ value: string }>(`select ${column} as value from ${name}`);
  return rows.rows.map((row) => row.value);
}

/** Digests of the files that config.toml names as the seed, the way the CLI remembers them. */
async function seedHashes(workdir?: string): Promise<string[]> {
  const { db } = await readProjectConfig(workdir);
  const hashes: string[] = [];
  for await (const file of glob(db.seed.sql_paths, { cwd: join(workdir ?? projectRoot, 'supabase') })) {
    const content = await readFile(join(workdir ?? projectRoot, 'supabase', file));
    hashes.push(createHash('sha256').update(content).digest('hex'));
  }
  return hashes;
}

/** The native program of the CLI; starting it without its launcher saves a process. */
function cliProgram(): string {
  const fromCli = createRequire(createRequire(import.meta.url).resolve('supabase/package.json'));
  const manifest = fromCli.resolve(`@supabase/cli-${process.platform}-${process.arch}/package.json`);
  return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'supabase.exe' : 'supabase');
}

async function push(
  options: MigrateOptions,
  workdir: string,
): Promise<{ code: number | null; output: string }> {
  const flags = ['db', 'push', '--yes', ...(options.seed ? ['--include-seed'] : [])];
  const child = spawn(cliProgram(), [...flags, '--workdir', workdir, `--remote=${options.url}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: options.home ?? tmpdir(),
      PGSSLMODE: 'disable',
      SUPABASE_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
      NO_COLOR: '1',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
