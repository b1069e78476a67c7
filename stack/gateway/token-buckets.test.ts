import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

const tenPerMinute = { capacity: 10, windowMs: 60_000 };

describe('TokenBuckets', () => {
  it('gives what is allowed at once, then says how long until the next', () => {
    let now = 0;
    const buckets = new TokenBuckets(100, () => now);
    expect(Array.from({ length: 10 }, () => buckets.take('a', tenPerMinute))).toEqual(Array(10).fill(0));
    expect(buckets.take('a', tenPerMinute)).toBe(6_000);
    expect(buckets.take('b', tenPerMinute)).toBe(0);
    now = 5_999;
    expect(buckets.take('a', tenPerMinute)).toBe(1);
    now = 6_000;
    expect(buckets.take('a', tenPerMinute)).toBe(0);
    expect(buckets.take('a', tenPerMinute)).toBe(6_000);
  });

  it('takes a token back, but never holds more than its capacity', () => {
    const buckets = new TokenBuckets(100, () => 0);
    for (let count = 0; count < 30; count++) {
      expect(buckets.take('a', tenPerMinute)).toBe(0);
      buckets.giveBack('a');
    }
    buckets.giveBack('a');
    buckets.giveBack('nobody');
    for (let count = 0; count < 10; count++) expect(buckets.take('a', tenPerMinute)).toBe(0);
    expect(buckets.take('a', tenPerMinute)).toBeGreaterThan(0);
  });

  it('allows nothing where nothing is allowed', () => {
    expect(new TokenBuckets().take('a', { capacity: 0, windowMs: 1_000 })).toBe(1_000);
  });

  it('never lets more through than capacity and refill, in whatever rhythm', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }), (pauses) => {
        let now = 0;
        let passed = 0;
        const buckets = new TokenBuckets(100, () => now);
        for (const pause of pauses) {
          now += pause;
          if (buckets.take('a', tenPerMinute) === 0) passed++;
        }
        expect(passed).toBeLessThanOrEqual(10 + now / 6_000 + 1e-6);
      }),
    );
  });

  it('keeps no more names than it may, and forgets the ones that have refilled first', () => {
    let now = 0;
    const buckets = new TokenBuckets(1_000, () => now);
    for (let count = 0; count < 10; count++) buckets.take('blocked', tenPerMinute);
    now = 30_000;
    for (let count = 0; count < 990; count++) buckets.take(`old ${count}`, tenPerMinute);
    now = 36_001;
    for (let count = 0; count < 5_000; count++) {
      buckets.take(`new ${count}`, tenPerMinute);
      if (count % 100 === 0) while (buckets.take('blocked', tenPerMinute) === 0);
      expect(buckets.size).toBeLessThanOrEqual(1_000);
    }
    expect(buckets.take('blocked', tenPerMinute)).toBeGreaterThan(0);
  });
});
