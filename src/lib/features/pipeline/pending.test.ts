import { expect, it } from 'vitest';
import { customer } from '$lib/data/customers/fixtures';
import { summaryWithPending, withPending, type PendingChanges } from './pending';

const moving = customer({ id: 'a', status: 'proposal', board_rank: 'a1', expected_value: 100 });
const pending: PendingChanges = new Map([['a', { customer: moving, from: 'lead' }]]);
const lines = [{ status: 'lead' as const, currency: 'EUR', customers: 2, total_value: 300 }];

it('a card on its way is shown where it goes, and nowhere else', () => {
  const lead = [customer({ id: 'a', board_rank: 'a0' }), customer({ id: 'b', board_rank: 'a1' })];
  expect(withPending(lead, 'lead', pending).map(({ id }) => id)).toEqual(['b']);
  const proposal = [customer({ id: 'x', board_rank: 'a0' }), customer({ id: 'y', board_rank: 'a2' })];
  expect(withPending(proposal, 'proposal', pending).map(({ id }) => id)).toEqual(['x', 'a', 'y']);
});

it('a card that is put aside or deleted is in no column, and counted in none', () => {
  for (const away of [{ is_archived: true }, { deleted_at: '2026-11-21T10:00:00Z' }]) {
    const gone: PendingChanges = new Map([
      ['a', { customer: customer({ id: 'a', expected_value: 100, ...away }), from: 'lead' }],
    ]);
    expect(withPending([customer({ id: 'a' })], 'lead', gone)).toEqual([]);
    expect(summaryWithPending(lines, gone)).toEqual([
      { status: 'lead', currency: 'EUR', customers: 1, total_value: 200 },
    ]);
  }
});

it('counts go with it at once, and only once', () => {
  expect(summaryWithPending(lines, pending)).toEqual([
    { status: 'lead', currency: 'EUR', customers: 1, total_value: 200 },
    { status: 'proposal', currency: 'EUR', customers: 1, total_value: 100 },
  ]);
  const confirmed: PendingChanges = new Map([['a', { customer: moving, from: 'proposal' }]]);
  expect(summaryWithPending(lines, confirmed)).toEqual(lines);
});
