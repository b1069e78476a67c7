import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../lifecycle/lock.ts';
import { projectRoot } from '../shared/paths.ts';
import { StackError } from '../shared/stack-error.ts';
import { sourceDigest } from './source-digest.ts';

const handlerFile = join(projectRoot, 'build', 'handler.js');
const digestFile = join(projectRoot, 'build', '.source-digest');

/**
 * Builds the app unless what is built already comes from the present sources. Of several starts at once, one builds and
 * the others wait for it.
 *
 * @returns the file that exports the app's request handler.
 */
export async function ensureBuilt(log: (line: string) => void): Promise<string> {
  const digest = await sourceDigest();
  const isCurrent = async (): Promise<boolean> =>
    existsSync(handlerFile) && (await readFile(digestFile, 'utf8').catch(() => '')) === digest;
  if (await isCurrent()) return handlerFile;

  const folder = join(projectRoot, '.svelte-kit');
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch {
    throw new StackError(
      `The app has to be built, but ${projectRoot} cannot be written to: run "npm run build" as its owner.`,
    );
  }
  for (;;) {
    const attempt = await tryLock(join(folder, 'build.lock'));
    if ('owner' in attempt) {
      await sleep(200);
      continue;
    }
    try {
      if (await isCurrent()) return handlerFile;
      log('Building the app; this takes a moment and happens only when its sources changed.');
      await build();
      await writeFile(digestFile, digest);
      return handlerFile;
    } finally {
      await attempt.release();
    }
  }
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
      else
        reject(
          new StackError(`The app could not be built: run "npm run build" to see why.\n${output.trim()}`),
        );
    });
  });
}
