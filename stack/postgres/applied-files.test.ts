import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changedSinceApplied } from './applied-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-applied-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('an applied migration that changes is named at every later start, a new one is not', async () => {
  const record = join(folder, 'applied.json');
  const check = (): Promise<string[]> => changedSinceApplied(folder, record);
  await writeFile(join(folder, '1_one.sql'), 'select 1;');
  expect(await check()).toEqual([]);
  await writeFile(join(folder, '2_two.sql'), 'select 2;');
  expect(await check()).toEqual([]);
  await writeFile(join(folder, '1_one.sql'), 'select 3;');
  expect(await check()).toEqual(['1_one.sql']);
  expect(await check()).toEqual(['1_one.sql']);
  await writeFile(join(folder, '1_one.sql'), 'select 1;');
  expect(await check()).toEqual([]);
});
