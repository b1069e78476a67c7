import { expect, it } from 'vitest';
import { SharedWork } from './shared-work.ts';

it('equal work is shared by those who wait, and begins after the last of them asked', async () => {
  const shared = new SharedWork<number>();
  const begun: (() => void)[] = [];
  const work = (number: number) => () => new Promise<number>((resolve) => begun.push(() => resolve(number)));
  const first = shared.do('a', work(1));
  const rest = Array.from({ length: 1_000 }, () => shared.do('a', work(2)));
  void shared.do('b', work(3));
  expect(begun).toHaveLength(2);
  begun[0]?.();
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(begun).toHaveLength(3);
  begun[2]?.();
  expect(new Set(await Promise.all(rest))).toEqual(new Set([2]));
});

it('a failure is for those who shared it; later ones try again', async () => {
  const shared = new SharedWork<number>();
  const failed = shared.do('a', () => Promise.reject(new Error('away')));
  const next = shared.do('a', () => Promise.resolve(2));
  await expect(failed).rejects.toThrow('away');
  expect(await next).toBe(2);
  expect(await shared.do('a', () => Promise.resolve(3))).toBe(3);
});
