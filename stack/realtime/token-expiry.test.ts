import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TokenExpiry } from './token-expiry.ts';

const start = 1_000_000;
beforeEach(() => vi.useFakeTimers({ now: start * 1_000 }));
afterEach(() => vi.useRealTimers());

function watcher() {
  const expired: string[] = [];
  const expiry = new TokenExpiry<{ name: string }>(({ name }) => expired.push(name));
  return { expired, expiry };
}

it('each token ends in its second, in whatever order they were watched', () => {
  const { expired, expiry } = watcher();
  for (const [name, seconds] of [
    ['late', 9],
    ['soon', 2],
    ['mid', 5],
    ['twin', 5],
  ] as const)
    expiry.watch({ name }, start + seconds);
  vi.advanceTimersByTime(1_999);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(expired).toEqual(['soon']);
  vi.advanceTimersByTime(3_000);
  expect(expired).toEqual(['soon', 'mid', 'twin']);
  vi.advanceTimersByTime(4_000);
  expect(expired).toEqual(['soon', 'mid', 'twin', 'late']);
});

it('a newer token replaces the time of the former, and a forgotten one has none', () => {
  const { expired, expiry } = watcher();
  const [renewed, gone] = [{ name: 'renewed' }, { name: 'gone' }];
  expiry.watch(renewed, start + 1);
  expiry.watch(gone, start + 1);
  expiry.watch(renewed, start + 5);
  expiry.forget(gone);
  vi.advanceTimersByTime(4_999);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(expired).toEqual(['renewed']);
});

it('times beyond what a timer can wait do not come early', () => {
  const { expired, expiry } = watcher();
  expiry.watch({ name: 'key' }, 4_102_444_800);
  vi.advanceTimersByTime(2 ** 31 + 1_000);
  expect(expired).toEqual([]);
  expiry.dispose();
});
