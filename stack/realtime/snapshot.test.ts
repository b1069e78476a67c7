import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Snapshot } from './snapshot.ts';

it('a snapshot saw what had ended when it was taken', () => {
  const snapshot = new Snapshot('100:110:100,105');
  expect([99, 100, 101, 104, 105, 109, 110, 111].map((id) => snapshot.saw(id))).toEqual([
    true,
    false,
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(new Snapshot('7:7:').saw(6)).toBe(true);
  expect(new Snapshot('7:7:').saw(7)).toBe(false);
});

it('ids that start over are taken for the nearest', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 2n ** 33n, max: 2n ** 50n }),
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      (next, offset) => {
        const snapshot = new Snapshot(`${next}:${next}:`);
        expect(snapshot.saw(Number((next + BigInt(offset)) % 2n ** 32n))).toBe(offset < 0);
      },
    ),
  );
});
