import type { Customer } from '$lib/data/customers/schema';
import { clampIndex } from '$lib/domain/board-order';
import { neighbourStage, type Stage } from '$lib/domain/stages';
import type { BoardLists } from './board-lists';
import { locate, toShared, type Gap, type Point } from './geometry';

const MOUSE_SLOP = 5;
const TOUCH_SLOP = 10;
const LONG_PRESS_MS = 280;

/** A card in this person's hand. */
export interface Drag {
  customer: Customer;
  mode: 'pointer' | 'keyboard';
  /** Its place before: the gap it left. */
  origin: Gap;
  over: Gap;
  /** Top left corner of the floating card on screen; pointer only. */
  corner: Point;
  width: number;
}

interface Press {
  customer: Customer;
  element: HTMLElement;
  pointerId: number;
  start: Point;
  /** From the card's corner to the pointer. */
  grip: Point;
  width: number;
  isTouch: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface DragHost {
  lists: BoardLists;
  /** The cards of a column as shown, the moving one left out. */
  othersIn: (stage: Stage, customerId: string) => readonly Customer[];
  indexOf: (customer: Customer) => number;
  /** False (after telling why) when this card may not be moved. */
  mayLift: (customer: Customer) => boolean;
  onLift: (drag: Drag) => void;
  onOver: (drag: Drag) => void;
  onDrop: (drag: Drag) => void;
  onCancel: (drag: Drag) => void;
}

/** Carries a card by mouse, by finger after a long press, or by keyboard. */
export class BoardDrag {
  readonly #host: DragHost;
  #active = $state.raw<Drag | null>(null);
  #press: Press | null = null;
  #pointer: Point = { x: 0, y: 0 };
  #frame = 0;
  /** The click that ends a drag is not a click on the card. */
  #swallowClick = false;

  constructor(host: DragHost) {
    this.#host = host;
  }

  get active(): Drag | null {
    return this.#active;
  }

  /** No card in the hand and none about to be. */
  get isIdle(): boolean {
    return this.#active === null && this.#press === null;
  }

  /** The keyboard has gone elsewhere while it carried this card. */
  blurred(customer: Customer): void {
    if (this.#active?.mode === 'keyboard' && this.#active.customer.id === customer.id) this.cancel();
  }

  press(event: PointerEvent & { currentTarget: HTMLElement }, customer: Customer): void {
    this.#swallowClick = false;
    if (event.button !== 0 || !event.isPrimary || this.#active) return;
    if (event.target instanceof Element && event.target.closest('[data-no-drag]')) return;
    const element = event.currentTarget.closest<HTMLElement>('[data-card]') ?? event.currentTarget;
    const { left, top, width } = element.getBoundingClientRect();
    const isTouch = event.pointerType !== 'mouse';
    const start = { x: event.clientX, y: event.clientY };
    const grip = { x: start.x - left, y: start.y - top };
    const timer = isTouch ? setTimeout(() => this.#lift(), LONG_PRESS_MS) : undefined;
    this.#pointer = start;
    this.#press = { customer, element, pointerId: event.pointerId, start, grip, width, isTouch, timer };
  }

  /** Handlers of the window. */
  readonly move = (event: PointerEvent): void => {
    const press = this.#press;
    if (!press || event.pointerId !== press.pointerId) return;
    this.#pointer = { x: event.clientX, y: event.clientY };
    if (this.#active) return this.#carry();
    const distance = Math.hypot(this.#pointer.x - press.start.x, this.#pointer.y - press.start.y);
    if (press.isTouch && distance > TOUCH_SLOP) this.#forgetPress();
    else if (!press.isTouch && distance > MOUSE_SLOP) this.#lift();
  };

  readonly up = (event: PointerEvent): void => {
    if (event.pointerId !== this.#press?.pointerId) return;
    this.#forgetPress();
    if (this.#active?.mode === 'pointer') this.#finish('onDrop');
  };

  readonly abort = (event: PointerEvent): void => {
    if (event.pointerId !== this.#press?.pointerId) return;
    this.cancel();
  };

  /** True when a click ended a drag and is to be ignored. */
  swallowsClick(): boolean {
    const swallow = this.#swallowClick;
    this.#swallowClick = false;
    return swallow;
  }

  cancel(): void {
    this.#forgetPress();
    if (this.#active) this.#finish('onCancel');
  }

  /** @returns true when the key was for the drag */
  key(event: KeyboardEvent, customer: Customer): boolean {
    const drag = this.#active;
    if (!drag) {
      if (event.key !== ' ' || event.repeat) return false;
      this.#liftByKey(customer);
      return true;
    }
    if (drag.mode === 'pointer') return false;
    if (event.key === ' ' || event.key === 'Enter') this.#finish('onDrop');
    else if (event.key === 'Escape' || event.key === 'Tab') this.#finish('onCancel');
    else {
      const over = this.#step(drag, event.key);
      if (over) this.#hover(over);
    }
    return event.key !== 'Tab';
  }

  #lift(): void {
    const press = this.#press;
    if (!press) return;
    this.#swallowClick = true;
    if (!this.#host.mayLift(press.customer)) return this.#forgetPress();
    try {
      press.element.setPointerCapture(press.pointerId);
    } catch {
      // The pointer has already gone; its "up" or "cancel" ends the drag.
    }
    if (press.isTouch) navigator.vibrate?.(8);
    const origin = { stage: press.customer.status, index: this.#host.indexOf(press.customer) };
    const corner = this.#corner(press);
    this.#begin({
      customer: press.customer,
      mode: 'pointer',
      origin,
      over: origin,
      corner,
      width: press.width,
    });
    this.#carry();
    this.#frame = requestAnimationFrame(this.#scroll);
  }

  #liftByKey(customer: Customer): void {
    if (!this.#host.mayLift(customer)) return;
    const origin = { stage: customer.status, index: this.#host.indexOf(customer) };
    this.#begin({ customer, mode: 'keyboard', origin, over: origin, corner: { x: 0, y: 0 }, width: 0 });
  }

  #begin(drag: Drag): void {
    this.#active = drag;
    this.#host.onLift(drag);
  }

  #carry(): void {
    const [drag, press] = [this.#active, this.#press];
    if (!drag || !press) return;
    const corner = this.#corner(press);
    this.#active = { ...drag, corner };
    const boxes = this.#host.lists.boxes((stage) => this.#host.othersIn(stage, drag.customer.id).length);
    this.#hover(locate(boxes, { ...corner, width: drag.width }) ?? drag.over);
  }

  #hover(over: Gap): void {
    const drag = this.#active;
    if (!drag) return;
    this.#active = { ...drag, over };
    this.#host.onOver(this.#active);
  }

  /** Where the card is, for the others. */
  shared(drag: Drag): Point {
    const box = this.#host.lists.box(drag.over.stage);
    if (drag.mode === 'keyboard' || !box) return { x: 0, y: drag.over.index };
    return toShared(drag.corner, box, this.#host.lists.isRtl, drag.width);
  }

  #step({ customer, over }: Drag, key: string): Gap | null {
    const forward = this.#host.lists.isRtl ? 'ArrowLeft' : 'ArrowRight';
    const count = (stage: Stage) => this.#host.othersIn(stage, customer.id).length;
    if (key === 'ArrowUp' || key === 'ArrowDown') {
      const index = clampIndex(over.index + (key === 'ArrowDown' ? 1 : -1), count(over.stage));
      return { ...over, index };
    }
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const stage = neighbourStage(over.stage, key === forward ? 1 : -1);
      return { stage, index: clampIndex(over.index, count(stage)) };
    }
    if (key === 'Home') return { ...over, index: 0 };
    if (key === 'End') return { ...over, index: count(over.stage) };
    return null;
  }

  #scroll = (): void => {
    if (this.#active?.mode !== 'pointer') return;
    if (this.#host.lists.autoScroll(this.#pointer, this.#active.over.stage)) this.#carry();
    this.#frame = requestAnimationFrame(this.#scroll);
  };

  #finish(how: 'onDrop' | 'onCancel'): void {
    const drag = this.#active;
    cancelAnimationFrame(this.#frame);
    this.#active = null;
    if (drag) this.#host[how](drag);
  }

  #corner({ grip }: Press): Point {
    return { x: this.#pointer.x - grip.x, y: this.#pointer.y - grip.y };
  }

  #forgetPress(): void {
    clearTimeout(this.#press?.timer);
    this.#press = null;
  }
}
