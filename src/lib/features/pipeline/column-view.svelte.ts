import { withoutCard } from '$lib/data/customers/card-list';
import type { Customer } from '$lib/data/customers/schema';
import { neighbourStage, type Stage } from '$lib/domain/stages';
import type { BoardController } from './board-controller.svelte';
import { CardSlots, type PlacedCard, type SlottedCard } from './card-slots';
import { CARD_PITCH, visibleRange } from './geometry';

/** Cards drawn beyond what is in view: few while the page opens, and enough for a fast hand as soon as it is at rest. */
const OVERSCAN = { opening: 1, settled: 4 };
/** What a column is high on a usual screen: so much is drawn before it is measured (on the server, never). */
const USUAL_VIEWPORT = 800;
/** So many cards before the end of what is loaded, more is asked for. */
const AHEAD = { opening: 0, settled: 10 };

/** One column on screen: which of its cards are drawn, where, and which one the keyboard is on. */
export class ColumnView {
  readonly #board: BoardController;
  readonly #stage: Stage;
  readonly #slots = new CardSlots();
  scrollTop = $state(0);
  viewport = $state(USUAL_VIEWPORT);
  /** Id of the card that had the focus last: the one Tab comes back to. */
  focused = $state<string | null>(null);

  constructor(board: BoardController, stage: Stage) {
    this.#board = board;
    this.#stage = stage;
  }

  /** The card in the hand and the gap it left; they stay the same while it moves, so that a move does not walk the column. */
  readonly #lifted = $derived.by(() => this.#board.drag.active?.customer ?? null);
  readonly #origin = $derived.by(() => this.#board.drag.active?.origin ?? null);
  readonly #others: readonly Customer[] = $derived.by(() =>
    withoutCard(this.#board.columns.cards(this.#stage), this.#lifted?.id ?? null),
  );

  /** Where a dragged card would land in this column; null while it is elsewhere. */
  readonly gap: number | null = $derived.by(() => {
    const over = this.#board.drag.active?.over;
    return over?.stage === this.#stage ? over.index : null;
  });
  readonly #rows = $derived.by(() => this.#others.length + (this.gap === null ? 0 : 1));
  readonly #phase = $derived.by(() => (this.#board.isSettled || this.scrollTop > 0 ? 'settled' : 'opening'));
  /** What the server drew is not taken away while the page opens. */
  readonly #height = $derived.by(() =>
    this.#phase === 'opening' ? Math.max(this.viewport, USUAL_VIEWPORT) : this.viewport,
  );
  readonly #range = $derived.by(() =>
    visibleRange(this.scrollTop, this.#height, this.#rows, OVERSCAN[this.#phase]),
  );
  readonly height = $derived.by(() => Math.max(0, this.#rows * CARD_PITCH - 8));
  readonly isEmpty = $derived.by(() => this.#rows === 0);
  /** The page to load now, because what is loaded ends near what is seen; null when there is none. */
  readonly wantedPage = $derived.by(() =>
    this.#range.end >= this.#others.length - AHEAD[this.#phase]
      ? this.#board.columns.nextPageOf(this.#stage)
      : null,
  );

  readonly visible: SlottedCard[] = $derived.by(() => this.#slots.place(this.#placed, this.focused));

  readonly #placed: PlacedCard[] = $derived.by(() => {
    const { start, end } = this.#range;
    const rows = this.#others.slice(start, end).map((customer, offset): PlacedCard => {
      const index = start + offset;
      return { customer, row: this.gap !== null && index >= this.gap ? index + 1 : index, isLifted: false };
    });
    const [customer, origin] = [this.#lifted, this.#origin];
    if (!customer || origin?.stage !== this.#stage) return rows;
    // Where it was among the others: an element that changes places in the document loses the focus.
    const before = Math.min(Math.max(origin.index - start, 0), rows.length);
    return rows.toSpliced(before, 0, { customer, row: origin.index, isLifted: true });
  });

  /** One card of a column is reached by Tab; the arrow keys lead to the others. */
  isTabStop(customer: Customer): boolean {
    return customer.id === this.#tabStop;
  }

  readonly #tabStop = $derived.by(() => {
    const remembered = this.focused !== null && this.#others.some(({ id }) => id === this.focused);
    return remembered ? this.focused : (this.#others[0]?.id ?? null);
  });

  readonly key = (event: KeyboardEvent, customer: Customer): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (this.#board.drag.key(event, customer)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const target = this.#neighbour(event.key, customer);
    if (!target) return;
    event.preventDefault();
    event.stopPropagation();
    void this.#board.focus(target.stage, target.index);
  };

  #neighbour(key: string, customer: Customer): { stage: Stage; index: number } | null {
    const index = this.#others.findIndex(({ id }) => id === customer.id);
    const stage = this.#stage;
    if (key === 'ArrowDown' || key === 'j') return { stage, index: index + 1 };
    if (key === 'ArrowUp' || key === 'k') return { stage, index: index - 1 };
    if (key === 'Home') return { stage, index: 0 };
    if (key === 'End') return { stage, index: this.#others.length - 1 };
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
    const step = (key === 'ArrowRight') === !this.#board.lists.isRtl ? 1 : -1;
    return this.#nextFilled(step, index);
  }

  /** The same height in the next column that has cards. */
  #nextFilled(step: 1 | -1, index: number): { stage: Stage; index: number } | null {
    let stage = this.#stage;
    for (;;) {
      const next = neighbourStage(stage, step);
      if (next === stage) return null;
      stage = next;
      const { length } = this.#board.columns.cards(stage);
      if (length > 0) return { stage, index: Math.min(index, length - 1) };
    }
  }
}
