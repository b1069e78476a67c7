import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRanked } from '$lib/domain/board-order';
import { STAGES } from '$lib/domain/stages';
import { RecentChanges } from '../recent-changes';
import {
  appendPage,
  applyToColumn,
  applyToSummary,
  toColumn,
  type ColumnData,
  type CustomerChange,
} from './cache';
import { customer } from './fixtures';
import { NO_FILTERS, type Customer } from './schema';

const EMPTY: ColumnData = { cards: [], cursor: null };

/** The true history of a few customers: each version once, with a deletion or a departure here and there. */
const history = fc
  .array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      kind: fc.constantFrom<CustomerChange['kind']>('upsert', 'upsert', 'upsert', 'gone', 'delete'),
      status: fc.constantFrom(...STAGES),
      board_rank: fc.constantFrom('a0', 'a1', 'a1V', 'a2', 'Zz'),
    }),
    { maxLength: 30 },
  )
  .map((steps) => {
    const versions = new Map<string, number>();
    return steps.map(({ id, kind, status, board_rank }): CustomerChange => {
      const version = (versions.get(id) ?? 0) + 1;
      versions.set(id, version);
      return kind === 'upsert'
        ? { kind, id, version, row: customer({ id, version, status, board_rank }) }
        : { kind, id, version };
    });
  });

function play(changes: readonly CustomerChange[]): Record<string, Customer[]> {
  const recent = new RecentChanges<Customer>();
  const columns = new Map<string, ColumnData>(STAGES.map((stage) => [stage, EMPTY]));
  for (const change of changes) {
    if (!recent.accept(change)) continue;
    for (const stage of STAGES) {
      columns.set(stage, applyToColumn(columns.get(stage) ?? EMPTY, stage, NO_FILTERS, change));
    }
  }
  return Object.fromEntries([...columns].map(([stage, column]) => [stage, column.cards]));
}

describe('changes on their way to the board', () => {
  it('end in the same state in any order and however often they arrive', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (changes, numbers) => {
        const twice = [...changes, ...changes];
        const keys = new Map(twice.map((_, index) => [index, numbers.next().value ?? 0]));
        const order = twice.map((_, index) => index).sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        const shuffled = order.flatMap((index) => twice[index] ?? []);
        expect(play(shuffled)).toEqual(play(changes));
      }),
    );
  });

  it('show every card in one column at most, in rank order', () => {
    fc.assert(
      fc.property(history, (changes) => {
        const columns = play(changes);
        const ids = Object.values(columns).flatMap((cards) => cards.map(({ id }) => id));
        expect(new Set(ids).size).toBe(ids.length);
        for (const cards of Object.values(columns)) expect([...cards].sort(compareRanked)).toEqual(cards);
      }),
    );
  });

  it('keep a row that left one topic and entered another with the same version', () => {
    const row = customer({ id: 'a', version: 5 });
    const arrival: CustomerChange = { kind: 'upsert', id: 'a', version: 5, row };
    const departure: CustomerChange = { kind: 'gone', id: 'a', version: 5 };
    expect(play([arrival, departure])).toEqual(play([departure, arrival]));
    expect(play([arrival, departure]).lead).toEqual([row]);
  });

  it('leave the column as it is when they are an echo', () => {
    const column: ColumnData = { cards: [customer({ id: 'a', version: 2 })], cursor: null };
    const echo = customer({ id: 'a', version: 2 });
    expect(
      applyToColumn(column, 'lead', NO_FILTERS, { kind: 'upsert', id: 'a', version: 2, row: echo }),
    ).toBe(column);
  });

  it('do not show a card behind the loaded pages, and take away one that moved there', () => {
    const column = toColumn(
      [customer({ id: 'a', board_rank: 'a0' }), customer({ id: 'b', board_rank: 'a1' })],
      2,
    );
    const late = customer({ id: 'c', board_rank: 'a2' });
    expect(
      applyToColumn(column, 'lead', NO_FILTERS, { kind: 'upsert', id: 'c', version: 1, row: late }),
    ).toBe(column);
    const moved = customer({ id: 'a', board_rank: 'a3', version: 2 });
    const after = applyToColumn(column, 'lead', NO_FILTERS, {
      kind: 'upsert',
      id: 'a',
      version: 2,
      row: moved,
    });
    expect(after.cards.map(({ id }) => id)).toEqual(['b']);
  });

  it('respect the filters of the view', () => {
    const filters = { ...NO_FILTERS, tags: ['vip'], text: 'muller' };
    const fits = customer({ id: 'a', name: 'Praxis Müller', tags: ['vip', 'new'] });
    const change: CustomerChange = { kind: 'upsert', id: 'a', version: 1, row: fits };
    expect(applyToColumn(EMPTY, 'lead', filters, change).cards).toEqual([fits]);
    expect(applyToColumn(EMPTY, 'lead', { ...filters, owners: ['x'] }, change)).toBe(EMPTY);
  });
});

describe('pages', () => {
  it('join without doubles when a card moved between two requests', () => {
    const first = toColumn(
      [customer({ id: 'a', board_rank: 'a0' }), customer({ id: 'b', board_rank: 'a1' })],
      2,
    );
    const second = toColumn([customer({ id: 'a', board_rank: 'a2', version: 2 })], 2);
    const joined = appendPage(first, second);
    expect(joined.cards.map(({ id, version }) => [id, version])).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
    expect(joined.cursor).toBeNull();
  });
});

describe('counts and totals', () => {
  it('move with the customer, currency by currency', () => {
    const before = customer({ id: 'a', expected_value: 100.1 });
    const lines = applyToSummary([], null, before);
    expect(lines).toEqual([{ status: 'lead', currency: 'EUR', customers: 1, total_value: 100.1 }]);
    const after = { ...before, status: 'proposal' as const, expected_value: 50, currency: 'USD' };
    expect(applyToSummary(lines, before, after)).toEqual([
      { status: 'proposal', currency: 'USD', customers: 1, total_value: 50 },
    ]);
  });
});
