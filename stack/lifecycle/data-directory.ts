import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stopOrphan } from '../postgres/server-process.ts';
import { codeOf } from '../shared/error-code.ts';
import { StackError } from '../shared/stack-error.ts';

/** Where everything of an installation lies. */
export interface DataDirectory {
  root: string;
  postgres: string;
  storage: string;
  mail: string;
  /** Templates of mail as the auth server reads them. */
  templates: string;
  /** Home directory of the CLI, so that it leaves the person's alone. */
  cliHome: string;
  keysFile: string;
  demoFile: string;
  /** Digests of the migrations as they were applied. */
  appliedFile: string;
}

/**
 * Creates the data directory where it is missing and makes sure that it can be written to.
 *
 * @throws StackError when it cannot.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  const root = resolve(path);
  const directory = {
    root,
    postgres: join(root, 'postgres'),
    storage: join(root, 'storage'),
    mail: join(root, 'mail'),
    templates: join(root, 'templates'),
    cliHome: join(root, 'cli'),
    keysFile: join(root, 'keys.json'),
    demoFile: join(root, 'demo.json'),
    appliedFile: join(root, 'migrations.json'),
  };
  try {
    // Others may pass through, as Postgres does when the stack runs as root, but not look around.
    await mkdir(root, { recursive: true, mode: 0o711 });
    const probe = join(root, '.writable');
    await writeFile(probe, '');
    await rm(probe);
    for (const folder of [directory.storage, directory.mail, directory.cliHome]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    throw new StackError(
      `Cannot write to ${root} (${codeOf(error)}): make it writable or choose another with --data.`,
    );
  }
  return directory;
}

/**
 * Removes everything of an installation, also what lies elsewhere because of root's closed home; and nothing else, should
 * the directory hold files of another kind.
 */
export async function wipeDataDirectory(directory: DataDirectory): Promise<void> {
  const cluster = await realpath(directory.postgres).catch(() => directory.postgres);
  await stopOrphan(cluster);
  const { postgres, storage, mail, templates, cliHome, keysFile, demoFile, appliedFile } = directory;
  try {
    for (const path of [
      cluster,
      `${cluster}.new`,
      postgres,
      storage,
      mail,
      templates,
      cliHome,
      keysFile,
      demoFile,
      appliedFile,
    ]) {
      await rm(path, { recursive: true, force: true });
    }
  } catch (error) {
    throw new StackError(
      `Cannot empty ${directory.root} (${codeOf(error)}): remove it by hand or choose another with --data.`,
    );
  }
}
