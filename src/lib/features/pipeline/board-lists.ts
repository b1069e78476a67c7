import type { Stage } from '$lib/domain/stages';
import { CARD_HEIGHT, CARD_PITCH, edgeSpeed, type ColumnBox, type Point } from './geometry';

/** The scrolling elements of the board: what can be measured, scrolled and focused. */
export class BoardLists {
  readonly #lists = new Map<Stage, HTMLElement>();
  #board: HTMLElement | null = null;

  /** `{@attach lists.board}` */
  board = (element: HTMLElement) => {
    this.#board = element;
    // Once a card is in the hand, the finger moves it and not the page; only a listener that waits can say so.
    const hold = (event: TouchEvent) => {
      if (element.dataset.dragging === 'true') event.preventDefault();
    };
    element.addEventListener('touchmove', hold, { passive: false });
    return () => {
      element.removeEventListener('touchmove', hold);
      this.#board = null;
    };
  };

  /** `{@attach lists.list(stage)}` */
  list(stage: Stage) {
    return (element: HTMLElement) => {
      this.#lists.set(stage, element);
      return () => {
        this.#lists.delete(stage);
      };
    };
  }

  get isRtl(): boolean {
    return this.#board !== null && getComputedStyle(this.#board).direction === 'rtl';
  }

  /** @param countOf cards in a column, the moving one not counted */
  boxes(countOf: (stage: Stage) => number): ColumnBox[] {
    return [...this.#lists].map(([stage, list]) => this.#measure(stage, list, countOf(stage)));
  }

  box(stage: Stage): ColumnBox | null {
    const list = this.#lists.get(stage);
    return list ? this.#measure(stage, list, 0) : null;
  }

  /** Scrolls what the pointer is near the edge of; tells whether anything moved. */
  autoScroll(pointer: Point, over: Stage): boolean {
    const list = this.#lists.get(over);
    let moved = false;
    if (list) {
      const { top, bottom } = list.getBoundingClientRect();
      const speed = edgeSpeed(pointer.y, top, bottom);
      const before = list.scrollTop;
      if (speed !== 0) list.scrollTop += speed;
      moved = list.scrollTop !== before;
    }
    if (this.#board) {
      const { left, right } = this.#board.getBoundingClientRect();
      const speed = edgeSpeed(pointer.x, left, right);
      const before = this.#board.scrollLeft;
      if (speed !== 0) this.#board.scrollLeft += speed;
      moved ||= this.#board.scrollLeft !== before;
    }
    return moved;
  }

  /** Brings a place of a column into view. */
  reveal(stage: Stage, index: number): void {
    const list = this.#lists.get(stage);
    if (!list) return;
    list.closest('[data-column]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const top = index * CARD_PITCH;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + CARD_HEIGHT > list.scrollTop + list.clientHeight) {
      list.scrollTop = top + CARD_HEIGHT - list.clientHeight;
    }
  }

  focusCard(customerId: string): void {
    this.#board?.querySelector<HTMLElement>(`[data-card="${CSS.escape(customerId)}"] a`)?.focus();
  }

  #measure(stage: Stage, list: HTMLElement, count: number): ColumnBox {
    const { left, right, top, bottom } = list.getBoundingClientRect();
    return { stage, left, right, top, bottom, scrollTop: list.scrollTop, count };
  }
}
