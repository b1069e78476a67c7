import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  access,
  constants,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../lifecycle/lock.ts';
import { projectRoot } from '../shared/paths.ts';
import { StackError } from '../shared/stack-error.ts';
import { sourceDigest } from './source-digest.ts';

const outcome = join(projectRoot, 'build');
const handlerFile = join(outcome, 'handler.js');
const digestFile = join(outcome, '.source-digest');
const workFolder = join(projectRoot, '.svelte-kit');
/** Below node_modules, so that the copies find the packages and vanish with them. */
const copies = join(projectRoot, 'node_modules', '.cache', 'tandem-app');
/** So many versions may be running beside each other. */
const KEPT_COPIES = 4;

/**
 * Builds the app unless what is built already comes from the present sources. Of several starts at once, one builds and
 * the others wait for it.
 *
 * @returns the file that exports the app's request handler, in a copy that later builds leave alone.
 */
export async function ensureBuilt(log: (line: string) => void): Promise<string> {
  const digest = await sourceDigest();
  const isCurrent = async (): Promise<boolean> =>
    existsSync(handlerFile) && (await readFile(digestFile, 'utf8').catch(() => '')) === digest;
  const copy = join(copies, digest.slice(0, 16));
  if ((await isCurrent()) && existsSync(copy)) return handlerIn(copy);
  if (!(await isCurrent())) await requireWritable();

  const release = await lockBuild();
  try {
    if (!(await isCurrent())) {
      log('Building the app; this takes a moment and happens only when its sources changed.');
      await build();
      await writeFile(digestFile, digest);
    }
    await preserve(copy);
  } finally {
    await release();
  }
  return handlerIn(existsSync(copy) ? copy : outcome);
}

const handlerIn = (folder: string): string => join(folder, 'handler.js');

async function requireWritable(): Promise<void> {
  try {
    await mkdir(workFolder, { recursive: true });
    await access(workFolder, constants.W_OK);
  } catch {
    throw new StackError(
      `The app has to be built, but ${projectRoot} cannot be written to: run "npm run build" as its owner.`,
    );
  }
}

/** Waits until no other start builds or copies; nobody waits where nothing could be written anyway. */
async function lockBuild(): Promise<() => Promise<void>> {
  try {
    await mkdir(workFolder, { recursive: true });
    for (;;) {
      const attempt = await tryLock(join(workFolder, 'build.lock'));
      if (!('owner' in attempt)) return () => attempt.release();
      await sleep(200);
    }
  } catch {
    return () => Promise.resolve();
  }
}

/** A running instance loads parts of the app when they are first needed; a new build must not take them away. */
async function preserve(copy: string): Promise<void> {
  try {
    if (!existsSync(copy)) {
      const unfinished = `${copy}.unfinished`;
      await rm(unfinished, { recursive: true, force: true });
      await cp(outcome, unfinished, { recursive: true });
      await rename(unfinished, copy);
    }
    await forgetOldCopies();
  } catch {
    // Packages installed by somebody else: then the app runs from the build itself.
  }
}

async function forgetOldCopies(): Promise<void> {
  const names = await readdir(copies);
  const dated = await Promise.all(
    names.map(async (name) => ({ name, used: (await stat(join(copies, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.used - a.used).slice(KEPT_COPIES);
  await Promise.all(old.map(({ name }) => rm(join(copies, name), { recursive: true, force: true })));
}

function build(): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('vite/package.json');
  const vite = join(dirname(manifest), 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new StackError(`The app could not be built: here is what Vite said.\n${output.trim()}`));
    });
  });
}
