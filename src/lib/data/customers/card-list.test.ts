import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRanked } from '$lib/domain/board-order';
import { addCards, cardIn, placeOf, putCard, takeCard, withoutCard } from './card-list';
import { customer } from './fixtures';
import type { Customer } from './schema';

const card = (id: string, board_rank: string, version = 1): Customer => customer({ id, board_rank, version });
const ids = (cards: readonly Customer[]): string[] => cards.map(({ id }) => id);

/** Some of few ids and ranks, so that they meet often. */
const anyCard = fc
  .record({ id: fc.constantFrom(...'abcdefgh'), rank: fc.constantFrom('a1', 'a2', 'a3'), version: fc.nat(9) })
  .map(({ id, rank, version }) => card(id, rank, version));
type Step = { put: Customer } | { take: string } | { page: Customer[] };
const step: fc.Arbitrary<Step> = fc.oneof(
  anyCard.map((put) => ({ put })),
  fc.constantFrom(...'abcdefgh').map((take) => ({ take })),
  fc.uniqueArray(anyCard, { selector: ({ id }) => id, maxLength: 4 }).map((page) => ({
    page: page.sort(compareRanked),
  })),
);

/** The same by walking a plain list. */
function expected(cards: readonly Customer[], change: Step) {
  if ('take' in change) return cards.filter(({ id }) => id !== change.take);
  const added = 'put' in change ? [change.put] : change.page;
  const others = cards.filter(({ id }) => !added.some((one) => one.id === id));
  return [...others, ...added].sort(compareRanked);
}

describe('the loaded cards of a column', () => {
  it('are what a plain sorted list would be, and found in it, whatever happens to them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let cards: readonly Customer[] = [];
        for (const change of steps) {
          const before = [...cards];
          const wanted = expected(cards, change);
          const next =
            'take' in change
              ? takeCard(cards, change.take)
              : 'put' in change
                ? putCard(cards, change.put)
                : addCards(cards, change.page);
          expect(next).toEqual(wanted);
          expect(cards, 'the list before is as it was').toEqual(before);
          for (const id of 'abcdefgh') {
            expect(cardIn(next, id)).toBe(next.find((one) => one.id === id));
            expect(placeOf(next, id)).toBe(next.findIndex((one) => one.id === id));
            expect(cardIn(cards, id)).toBe(cards.find((one) => one.id === id));
          }
          cards = next;
        }
      }),
    );
  });

  it('without the card in the hand stay one list as long as nothing else happens', () => {
    const cards = [card('a', 'a1'), card('b', 'a2'), card('c', 'a3')];
    const rest = withoutCard(cards, 'b');
    expect(ids(rest)).toEqual(['a', 'c']);
    expect(withoutCard(cards, 'b')).toBe(rest);
    expect(withoutCard(cards, 'z')).toBe(cards);
    expect(withoutCard(cards, null)).toBe(cards);
    expect(ids(withoutCard(putCard(cards, card('d', 'a4')), 'b'))).toEqual(['a', 'c', 'd']);
  });
});
