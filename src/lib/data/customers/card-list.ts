/**
 * The loaded cards of a column: a sorted list that is never changed in place, so that whoever draws it sees by its
 * identity whether anything is new. A column may hold tens of thousands of cards and hear of several changes a frame, so
 * no change walks the list: cards are found by an index that is handed on from each list to the one made of it.
 */
import { compareRanked, insertionIndex } from '$lib/domain/board-order';
import type { Customer } from './schema';

type Cards = readonly Customer[];

const indexes = new WeakMap<Cards, Map<string, Customer>>();

function indexOf(cards: Cards): Map<string, Customer> {
  let index = indexes.get(cards);
  if (!index) indexes.set(cards, (index = new Map(cards.map((card) => [card.id, card]))));
  return index;
}

/** The index of `before`, to be changed into that of `after`. Should `before` be asked again, it gets a new one. */
function handOn(before: Cards, after: Cards): Map<string, Customer> {
  const index = indexOf(before);
  indexes.delete(before);
  indexes.set(after, index);
  return index;
}

/** The card of this id, if it is in the list. */
export function cardIn(cards: Cards, id: string): Customer | undefined {
  return indexOf(cards).get(id);
}

/** Where a card of the list stands in it: -1 when it does not. */
export function placeOf(cards: Cards, id: string): number {
  const card = cardIn(cards, id);
  if (!card) return -1;
  const place = insertionIndex(cards, card);
  // Lists come sorted; one that does not is searched rather than misread.
  return cards[place] === card ? place : cards.indexOf(card);
}

/** The same cards with this one in its place; an older copy of it is replaced. */
export function putCard(cards: Cards, card: Customer): Customer[] {
  const result = cards.slice();
  const place = placeOf(cards, card.id);
  if (place >= 0) result.splice(place, 1);
  result.splice(insertionIndex(result, card), 0, card);
  handOn(cards, result).set(card.id, card);
  return result;
}

/** The same cards without this one. */
export function takeCard(cards: Cards, id: string): Customer[] {
  const result = cards.slice();
  const place = placeOf(cards, id);
  if (place >= 0) result.splice(place, 1);
  handOn(cards, result).delete(id);
  return result;
}

/** The same cards with those of the next page, sorted as they came. */
export function addCards(cards: Cards, added: Cards): Customer[] {
  const [last, first] = [cards.at(-1), added[0]];
  const isBehind = !last || !first || compareRanked(last, first) < 0;
  if (!isBehind || added.some(({ id }) => cardIn(cards, id))) {
    return added.reduce<Customer[]>((result, card) => putCard(result, card), cards.slice());
  }
  const result = [...cards, ...added];
  const index = handOn(cards, result);
  for (const card of added) index.set(card.id, card);
  return result;
}

const rests = new WeakMap<Cards, { id: string; rest: Cards }>();

/** The cards without one, such as that in the hand. Asked for again at each move of the hand, it is the same list. */
export function withoutCard(cards: Cards, id: string | null): Cards {
  if (id === null || !cardIn(cards, id)) return cards;
  const known = rests.get(cards);
  if (known?.id === id) return known.rest;
  const rest = cards.filter((card) => card.id !== id);
  rests.set(cards, { id, rest });
  return rest;
}
