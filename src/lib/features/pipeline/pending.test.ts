import { expect, it } from 'vitest';
import { customer } from '$lib/data/customers/fixtures';
import { summaryWithPending, withPending, type PendingMoves } from './pending';

const moving = customer({ id: 'a', status: 'proposal', board_rank: 'a1', expected_value: 100 });
const pending: PendingMoves = new Map([['a', { customer: moving, from: 'lead' }]]);
const lines = [{ status: 'lead' as const, currency: 'EUR', customers: 2, total_value: 300 }];

it('a card on its way is shown where it goes, and nowhere else', () => {
  const lead = [customer({ id: 'a', board_rank: 'a0' }), customer({ id: 'b', board_rank: 'a1' })];
  expect(withPending(lead, 'lead', pending).map(({ id }) => id)).toEqual(['b']);
  const proposal = [customer({ id: 'x', board_rank: 'a0' }), customer({ id: 'y', board_rank: 'a2' })];
  expect(withPending(proposal, 'proposal', pending).map(({ id }) => id)).toEqual(['x', 'a', 'y']);
});

it('counts go with it at once, and only once', () => {
  expect(summaryWithPending(lines, pending, () => 'lead')).toEqual([
    { status: 'lead', currency: 'EUR', customers: 1, total_value: 200 },
    { status: 'proposal', currency: 'EUR', customers: 1, total_value: 100 },
  ]);
  expect(summaryWithPending(lines, pending, () => 'proposal')).toEqual(lines);
});
