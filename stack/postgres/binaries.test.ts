import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyBinaries, type PostgresBinaries } from './binaries.ts';

describe('a copy of the programs', () => {
  const libraries = Array.from({ length: 100 }, (_, index) => `lib${index}.so`);
  let home: string;
  let from: PostgresBinaries;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'tandem-binaries-'));
    const folder = join(home, 'installed');
    from = { folder, initdb: join(folder, 'bin/initdb'), postgres: join(folder, 'bin/postgres') };
    for (const name of ['bin', 'lib']) await mkdir(join(folder, name), { recursive: true });
    await writeFile(from.postgres, 'a program', { mode: 0o755 });
    for (const name of libraries) await writeFile(join(folder, 'lib', name), 'a library');
  });
  afterEach(() => rm(home, { recursive: true }));

  it('is whole for everybody who finds it, and nothing is left beside it', async () => {
    const target = join(home, 'copies', 'postgres');
    const copies = Promise.all([1, 2, 3].map(() => copyBinaries(from, target)));
    while (!existsSync(join(target, 'bin', 'postgres'))) await turn();
    expect((await readdir(join(target, 'lib'))).toSorted()).toEqual(libraries.toSorted());
    expect(new Set((await copies).map(({ folder }) => folder))).toEqual(new Set([target]));
    expect(await readdir(join(home, 'copies'))).toEqual(['postgres']);
    expect((await readdir(join(target, 'lib'))).toSorted()).toEqual(libraries.toSorted());
    expect((await stat(target)).mode & 0o777).toBe(0o755);
  });

  it('takes the place of what an interrupted one left', async () => {
    const target = join(home, 'copies', 'postgres');
    await mkdir(join(target, 'lib'), { recursive: true });
    await writeFile(join(target, 'lib', 'lib0.so'), 'half');
    await copyBinaries(from, target);
    expect(existsSync(join(target, 'bin', 'postgres'))).toBe(true);
    expect(await readdir(join(target, 'lib'))).toHaveLength(libraries.length);
  });
});
