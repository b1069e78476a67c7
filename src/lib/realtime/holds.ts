import type { HoldEvent, ReleaseEvent } from './events';

/** A card in the hand of a colleague. */
export interface Hold extends HoldEvent {
  /** When the last news arrived, by this browser's clock. */
  heardAt: number;
}

/** Who holds what, by user id: a person has one hand. */
export type Holds = ReadonlyMap<string, Hold>;

/** Sent at most this often, and again after this long when the hand is still. */
export const HOLD_INTERVAL_MS = 100;
export const HOLD_KEEP_ALIVE_MS = 1_000;
/** A hold without news for this long has ended: a closed tab cannot say so. */
export const HOLD_TIMEOUT_MS = 3_000;

/** Who may be shown as holding something: a member, and not oneself. */
export type IsColleague = (userId: string) => boolean;

export function receiveHold(holds: Holds, event: HoldEvent, now: number, isColleague: IsColleague): Holds {
  if (!isColleague(event.user_id)) return holds;
  return new Map(holds).set(event.user_id, { ...event, heardAt: now });
}

export function receiveRelease(holds: Holds, event: ReleaseEvent): Holds {
  if (holds.get(event.user_id)?.customer_id !== event.customer_id) return holds;
  const rest = new Map(holds);
  rest.delete(event.user_id);
  return rest;
}

/** The holds that are still alive; the same object when all are. */
export function expireHolds(holds: Holds, now: number): Holds {
  const alive = [...holds].filter(([, hold]) => now - hold.heardAt < HOLD_TIMEOUT_MS);
  return alive.length === holds.size ? holds : new Map(alive);
}

export interface Position {
  x: number;
  y: number;
}

/**
 * A step from where a follower is drawn towards where it was last heard to be: it covers the gap between two messages
 * smoothly and never overshoots, whatever the frame rate.
 */
export function follow(drawn: Position, heard: Position, elapsedMs: number): Position {
  const share = 1 - Math.exp(-elapsedMs / 45);
  const step = (from: number, to: number) => (Math.abs(to - from) < 0.3 ? to : from + (to - from) * share);
  return { x: step(drawn.x, heard.x), y: step(drawn.y, heard.y) };
}

type SendHold = (event: 'hold' | 'release', payload: Record<string, unknown>) => void;

/** Tells the others where this person's card is: the newest position at most every 100 ms, and at least every second. */
export class HoldSender {
  readonly #send: SendHold;
  readonly #userId: string;
  #latest: HoldEvent | null = null;
  #sentAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: SendHold, userId: string) {
    this.#send = send;
    this.#userId = userId;
  }

  move(position: Omit<HoldEvent, 'user_id'>): void {
    this.#latest = { ...position, user_id: this.#userId };
    const wait = HOLD_INTERVAL_MS - (Date.now() - this.#sentAt);
    if (wait <= 0) this.#flush();
    else this.#schedule(wait);
  }

  release(): void {
    clearTimeout(this.#timer);
    if (this.#latest) this.#send('release', { user_id: this.#userId, customer_id: this.#latest.customer_id });
    this.#latest = null;
  }

  #flush(): void {
    if (!this.#latest) return;
    this.#sentAt = Date.now();
    this.#send('hold', { ...this.#latest });
    this.#schedule(HOLD_KEEP_ALIVE_MS);
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), wait);
  }
}
