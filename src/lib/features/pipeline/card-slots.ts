import type { Customer } from '$lib/data/customers/schema';

/** A card that is to be drawn: which, and in which row of its column. */
export interface PlacedCard {
  customer: Customer;
  row: number;
  isLifted: boolean;
}

export interface SlottedCard extends PlacedCard {
  /** The element that draws it. */
  slot: number;
  /** The element drew another card before, or nothing: it must not be seen to travel from there. */
  isFresh: boolean;
}

/**
 * Which element draws which card of a column. A card keeps its element as long as it is drawn, so that focus and movement
 * stay with it; one that comes into view takes over the element of one that has left (decision 99).
 */
export class CardSlots {
  readonly #drawn = new Map<string, SlottedCard>();
  #count = 0;

  /**
   * @param keep id of a card that the keyboard may be on: its element is neither taken over nor moved in the document
   * @returns the same cards with their elements; one about which nothing has changed is the same object as before
   */
  place(cards: readonly PlacedCard[], keep: string | null): SlottedCard[] {
    const wanted = new Set(cards.map(({ customer }) => customer.id));
    const left = this.#release(wanted, keep);
    // What is fewer is moved in the document, taken over or not; an element that moves loses the focus.
    const isSafe = keep === null || !wanted.has(keep) || 2 * left.length <= cards.length;
    const free = isSafe ? left : [];
    return cards.map((card) => {
      const { id } = card.customer;
      const before = this.#drawn.get(id);
      if (before && isSame(before, card)) return before;
      const slot = before?.slot ?? free.pop() ?? this.#count++;
      const placed = { ...card, slot, isFresh: before === undefined };
      this.#drawn.set(id, placed);
      return placed;
    });
  }

  #release(wanted: ReadonlySet<string>, keep: string | null): number[] {
    const left: number[] = [];
    for (const [id, { slot }] of this.#drawn) {
      if (wanted.has(id)) continue;
      this.#drawn.delete(id);
      if (id !== keep) left.push(slot);
    }
    return left;
  }
}

function isSame(before: SlottedCard, card: PlacedCard): boolean {
  return (
    !before.isFresh &&
    before.customer === card.customer &&
    before.row === card.row &&
    before.isLifted === card.isLifted
  );
}
