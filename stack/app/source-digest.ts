import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { projectRoot } from '../shared/paths.ts';

/** What the built app depends on. */
const sources = ['src', 'static', 'messages'];
const settings = [
  'project.inlang/settings.json',
  'svelte.config.js',
  'scripts/adapter.js',
  'stack/app/static-headers.ts',
  'vite.config.ts',
  'vite.chunks.ts',
  'vite.icons.ts',
  'messages.config.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];
/** Made by the build itself. */
const generated = join('src', 'lib', 'paraglide') + sep;

/** A digest that changes whenever a build would come out differently. */
export async function sourceDigest(): Promise<string> {
  const found = await Promise.all(sources.map(filesBelow));
  const files = [...found.flat(), ...settings].filter((file) => !file.startsWith(generated)).sort();
  const contents = await Promise.all(files.map((file) => readFile(join(projectRoot, file)).catch(() => '')));
  const hash = createHash('sha256').update(process.version);
  files.forEach((file, index) => hash.update(`\0${file}\0`).update(contents[index] ?? ''));
  return hash.digest('hex');
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(projectRoot, folder), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(projectRoot.length + 1));
}
