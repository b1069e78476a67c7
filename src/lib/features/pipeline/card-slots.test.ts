import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Customer } from '$lib/data/customers/schema';
import { CardSlots, type PlacedCard } from './card-slots';

const customers = Array.from({ length: 60 }, (_, index) => ({ id: `c${index}` }) as Customer);
const stretch = (start: number, end: number): PlacedCard[] =>
  customers.slice(start, end).map((customer, offset) => ({ customer, row: start + offset, isLifted: false }));

describe('the elements of the cards in a column', () => {
  it('stay with their cards, and are taken over by cards that come into view', () => {
    const slots = new CardSlots();
    const first = slots.place(stretch(0, 10), null);
    const second = slots.place(stretch(3, 13), null);
    for (const card of first.slice(3)) {
      expect(second.find(({ customer }) => customer === card.customer)?.slot).toBe(card.slot);
    }
    expect(new Set(second.map(({ slot }) => slot))).toEqual(new Set(first.map(({ slot }) => slot)));
    expect(second.map(({ isFresh }) => isFresh)).toEqual([...Array(7).fill(false), true, true, true]);
  });

  it('are made anew only where there are none to take over, wherever one scrolls', () => {
    const views = fc.array(fc.record({ start: fc.nat(50), count: fc.nat(10) }), { minLength: 1 });
    fc.assert(
      fc.property(views, (stretches) => {
        const slots = new CardSlots();
        let before: number[] = [];
        for (const { start, count } of stretches) {
          const now = slots.place(stretch(start, start + count), null).map(({ slot }) => slot);
          expect(new Set(now).size, 'each draws one card').toBe(count);
          const taken = now.filter((slot) => before.includes(slot));
          expect(taken.length).toBe(Math.min(before.length, count));
          before = now;
        }
      }),
    );
  });

  it('are told apart from before only where something has changed', () => {
    const slots = new CardSlots();
    slots.place(stretch(0, 5), null);
    const settled = slots.place(stretch(0, 5), null);
    expect(settled.every(({ isFresh }) => !isFresh)).toBe(true);
    const again = slots.place(stretch(0, 5), null);
    again.forEach((card, index) => expect(card).toBe(settled[index]));
    const moved = slots.place(
      stretch(0, 5).map((card) => (card.row === 2 ? { ...card, row: 9 } : card)),
      null,
    );
    expect(moved.map((card, index) => card === settled[index])).toEqual([true, true, false, true, true]);
  });

  it('are left alone where the keyboard is', () => {
    const slots = new CardSlots();
    const [focused] = slots.place(stretch(0, 10), 'c0');
    const gone = slots.place(stretch(1, 11), 'c0');
    expect(gone.map(({ slot }) => slot)).not.toContain(focused?.slot);

    const before = slots.place(stretch(1, 11), 'c10').map(({ slot }) => slot);
    const far = slots.place(stretch(10, 20), 'c10');
    expect(far[0]?.slot, 'the card that stays keeps its element').toBe(before[9]);
    const taken = far.slice(1).filter(({ slot }) => before.includes(slot));
    expect(taken, 'more elements taken over than kept would move the one that is kept').toEqual([]);
  });
});
