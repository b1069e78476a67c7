/** Enough of a column for a tall screen and some scrolling; the rest needs the server. */
const CARDS = 100;

/**
 * What is kept of an answer. A column of the board can be thousands of cards long; its first ones are kept, ending at a
 * card behind which more may come.
 */
export function shorten(queryKey: readonly unknown[], data: unknown): unknown {
  const [entity, , kind] = queryKey;
  if (entity !== 'customers' || kind !== 'column' || !isColumn(data) || data.cards.length <= CARDS)
    return data;
  const cards = data.cards.slice(0, CARDS);
  const last = cards.at(-1);
  return { ...data, cards, cursor: last ? { id: last.id, board_rank: last.board_rank } : null };
}

function isColumn(data: unknown): data is { cards: { id: string; board_rank: string }[] } {
  return typeof data === 'object' && data !== null && 'cards' in data && Array.isArray(data.cards);
}
