import { generateKeyBetween } from 'fractional-indexing';

/** What decides the place of a card within its column. */
export interface Ranked {
  id: string;
  board_rank: string;
}

/** The cards above and below a gap, as the person saw them; null at an end of the column. */
export interface Neighbours {
  afterId: string | null;
  beforeId: string | null;
}

/** Byte order, as Postgres compares under collation "C"; ties fall to the id so that everyone sees one order. */
export function compareRanked(left: Ranked, right: Ranked): number {
  if (left.board_rank !== right.board_rank) return left.board_rank < right.board_rank ? -1 : 1;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}

/** Index at which `card` belongs in the sorted `cards` (which must not contain it). */
export function insertionIndex(cards: readonly Ranked[], card: Ranked): number {
  let low = 0;
  let high = cards.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = cards[middle];
    if (other && compareRanked(other, card) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same cards with `card` in its place; an older copy of it is replaced. */
export function placeCard<Card extends Ranked>(cards: readonly Card[], card: Card): Card[] {
  const others = cards.filter(({ id }) => id !== card.id);
  others.splice(insertionIndex(others, card), 0, card);
  return others;
}

/** The neighbours of gap `index` in a column from which the moving card has been taken out. */
export function neighboursAt(cards: readonly { id: string }[], index: number): Neighbours {
  return { afterId: cards[index - 1]?.id ?? null, beforeId: cards[index]?.id ?? null };
}

/**
 * A rank for showing a card in gap `index` before the database has given it one.
 * The database's own rank replaces it; ranks that cannot be split (equal, or from a broken import) fall back to the
 * rank above, which the id then orders.
 */
export function provisionalRank(cards: readonly Ranked[], index: number): string {
  const above = cards[index - 1]?.board_rank ?? null;
  const below = cards[index]?.board_rank ?? null;
  try {
    return generateKeyBetween(above, below);
  } catch {
    return above ?? below ?? 'a0';
  }
}

/** Keeps a gap index within a column of `count` other cards. */
export function clampIndex(index: number, count: number): number {
  return Math.min(Math.max(0, index), count);
}
