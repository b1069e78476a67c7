import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareRanked,
  insertionIndex,
  neighboursAt,
  placeCard,
  provisionalRank,
  type Ranked,
} from './board-order';

const ranked = fc.record({
  id: fc.uuid(),
  board_rank: fc.stringMatching(/^a[0-9A-Za-z]([0-9A-Za-z]*[1-9A-Za-z])?$/),
});

/** A column as the database would return it: unique ids, sorted. */
const column = fc
  .uniqueArray(ranked, { selector: ({ id }) => id, maxLength: 40 })
  .map((cards) => cards.sort(compareRanked));

describe('the order of a column', () => {
  it('is the same whatever order the cards arrive in', () => {
    fc.assert(
      fc.property(column, fc.func(fc.integer()), (cards, shuffle) => {
        const arrived = [...cards].sort((a, b) => shuffle(a.id) - shuffle(b.id));
        const placed = arrived.reduce<Ranked[]>((so_far, card) => placeCard(so_far, card), []);
        expect(placed).toEqual(cards);
      }),
    );
  });

  it('replaces an older copy of a card instead of showing it twice', () => {
    const cards = [
      { id: 'a', board_rank: 'a0' },
      { id: 'b', board_rank: 'a1' },
    ];
    expect(placeCard(cards, { id: 'a', board_rank: 'a2' }).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('compares ranks by byte, capital letters first, as the database does', () => {
    const cards = ['a1', 'aZ', 'aa', 'Zz'].map((board_rank) => ({ id: board_rank, board_rank }));
    expect(cards.sort(compareRanked).map(({ id }) => id)).toEqual(['Zz', 'a1', 'aZ', 'aa']);
  });
});

describe('a card dropped into a gap', () => {
  it('gets a provisional rank that keeps it in that gap, unless the neighbours share one rank', () => {
    fc.assert(
      fc.property(column, fc.nat(40), (cards, wanted) => {
        const gap = Math.min(wanted, cards.length);
        const [above, below] = [cards[gap - 1], cards[gap]];
        fc.pre(!above || !below || above.board_rank !== below.board_rank);
        const card = { id: 'moving', board_rank: provisionalRank(cards, gap) };
        expect(insertionIndex(cards, card)).toBe(gap);
      }),
    );
  });

  it('names the neighbours the person saw, and null at the ends', () => {
    const cards = [{ id: 'a' }, { id: 'b' }];
    expect(neighboursAt(cards, 0)).toEqual({ afterId: null, beforeId: 'a' });
    expect(neighboursAt(cards, 1)).toEqual({ afterId: 'a', beforeId: 'b' });
    expect(neighboursAt(cards, 2)).toEqual({ afterId: 'b', beforeId: null });
  });

  it('never fails on ranks that cannot be split', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.nat(5), (ranks, gap) => {
        const cards = ranks.map((board_rank, index) => ({ id: String(index), board_rank }));
        expect(typeof provisionalRank(cards, gap)).toBe('string');
      }),
    );
  });
});
