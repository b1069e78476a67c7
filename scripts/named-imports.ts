import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder } from '@sveltejs/kit';

type Manifest = Record<string, { file: string; imports?: string[] }>;

const line = /^export const imports = (\[.*\]);$/m;

/**
 * Lets a page name every file its script imports, so that the browser asks for all of them at once. SvelteKit (2.70) leaves
 * out a file that it met through a later import (`import()`) before the plain one: the browser then learns of it only when
 * everything else is there, and the page waits for another round.
 */
export async function nameAllImports(
  builder: Pick<Builder, 'getServerDirectory' | 'getClientDirectory'>,
): Promise<void> {
  const manifest: Manifest = JSON.parse(
    await readFile(join(builder.getClientDirectory(), '.vite/manifest.json'), 'utf8'),
  );
  const nodes = join(builder.getServerDirectory(), 'nodes');
  for (const name of await readdir(nodes)) {
    if (!name.endsWith('.js')) continue;
    const path = join(nodes, name);
    const source = await readFile(path, 'utf8');
    const named = line.exec(source)?.[1];
    if (named === undefined) throw new Error(`${path} does not say what it imports: has SvelteKit changed?`);
    const files = withImports(JSON.parse(named), manifest);
    await writeFile(path, source.replace(line, `export const imports = ${JSON.stringify(files)};`));
  }
}

/** These files and all they import, however far away, in the order met. */
export function withImports(files: readonly string[], manifest: Manifest): string[] {
  const chunks = new Map(Object.values(manifest).map((chunk) => [chunk.file, chunk]));
  const all = new Set(files);
  for (const file of all) {
    for (const key of chunks.get(file)?.imports ?? []) {
      const imported = manifest[key]?.file;
      if (imported !== undefined) all.add(imported);
    }
  }
  return [...all];
}
