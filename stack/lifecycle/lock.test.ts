import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tryLock } from './lock.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** How many of several attempts made at the same moment got the lock. */
async function winners(): Promise<number> {
  const attempts = await Promise.all(Array.from({ length: 20 }, () => tryLock(file)));
  return attempts.filter((attempt) => 'release' in attempt).length;
}

it('goes to one of many that want it at once, and to another once given back', async () => {
  expect(await winners()).toBe(1);
  expect(await tryLock(file)).toEqual({ owner: process.pid });
  await rm(file);
  const attempt = await tryLock(file);
  if ('release' in attempt) await attempt.release();
  expect(await readdir(folder)).toEqual([]);
});

it('of a process that is gone goes to one of many that want it at once', async () => {
  const gone = spawnSync(process.execPath, ['--eval', '']).pid;
  for (let round = 0; round < 20; round++) {
    await writeFile(file, `${gone} 1`);
    expect(await winners()).toBe(1);
    expect(await readdir(folder)).toEqual(['lock']);
    await rm(file);
  }
});
