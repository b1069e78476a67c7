import { expect, it } from 'vitest';
import { RateWindow } from './limits.ts';

it('a window takes as many events as its limit, and the next window again', () => {
  const rate = new RateWindow(3, 1_000);
  expect([0, 1, 2, 3].map((at) => rate.allow(1, at))).toEqual([true, true, true, false]);
  expect(rate.allow(1, 999)).toBe(false);
  expect([999, 1_000].map((at) => rate.isFull(at))).toEqual([true, false]);
  expect(rate.allow(1, 1_000)).toBe(true);
});

it('a batch is taken whole or not at all', () => {
  const rate = new RateWindow(3, 1_000);
  expect(rate.allow(2, 0)).toBe(true);
  expect(rate.allow(2, 1)).toBe(false);
  expect(rate.allow(1, 2)).toBe(true);
});
