import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CommittedTransaction } from '../changes/types.ts';
import { Deliveries } from './deliveries.ts';

const transaction = (endLsn: bigint): CommittedTransaction => ({
  id: Number(endLsn),
  committedAt: new Date(0),
  endLsn,
  changes: [],
});

it('acknowledges up to the first transaction that is still under way, in whatever order they end', () => {
  const order = fc.integer({ min: 1, max: 30 }).chain((count) =>
    fc.shuffledSubarray(
      Array.from({ length: count }, (_, index) => index),
      { minLength: count },
    ),
  );
  fc.assert(
    fc.property(order, (indices) => {
      const deliveries = new Deliveries();
      const all = indices.map((_, index) => transaction(BigInt(index + 1)));
      for (const each of all) deliveries.add(each, 10);
      const done = new Set<number>();
      for (const index of indices) {
        deliveries.delivered(all[index] ?? transaction(0n));
        deliveries.delivered(all[index] ?? transaction(0n)); // a second report counts for nothing
        done.add(index);
        let unbroken = 0;
        while (done.has(unbroken)) unbroken++;
        expect(deliveries.position).toBe(BigInt(unbroken));
        expect(deliveries.bytes).toBe((all.length - done.size) * 10);
      }
      expect(deliveries.isIdle).toBe(true);
    }),
  );
});

it('takes over the position of the server only when nothing is under way', () => {
  const deliveries = new Deliveries();
  deliveries.passed(5n);
  expect(deliveries.position).toBe(5n);
  const open = transaction(7n);
  deliveries.add(open, 1);
  deliveries.passed(9n);
  expect(deliveries.position).toBe(5n);
  deliveries.delivered(open);
  deliveries.passed(6n);
  expect(deliveries.position).toBe(7n);
});

it('forgets what a lost connection had under way', () => {
  const deliveries = new Deliveries();
  const lost = transaction(7n);
  deliveries.add(lost, 1);
  deliveries.reset();
  expect(deliveries.delivered(lost)).toBe(false);
  expect([deliveries.position, deliveries.bytes, deliveries.isIdle]).toEqual([0n, 0, true]);
});
