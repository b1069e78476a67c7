/** Longest delay a Node timer takes. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Calls back when a token's time is over. Subjects whose tokens end in the same second share a slot, and
 * one timer serves them all.
 */
export class TokenExpiry<Subject extends object> {
  readonly #slots = new Map<number, Set<Subject>>();
  readonly #slotOf = new Map<Subject, number>();
  readonly #onExpired: (subject: Subject) => void;
  #timer: NodeJS.Timeout | null = null;
  #timerSlot = Number.POSITIVE_INFINITY;

  constructor(onExpired: (subject: Subject) => void) {
    this.#onExpired = onExpired;
  }

  /** Watches a subject, instead of its former time if it had one. */
  watch(subject: Subject, expiresAt: number): void {
    this.forget(subject);
    const slot = this.#slots.get(expiresAt) ?? new Set<Subject>();
    slot.add(subject);
    this.#slots.set(expiresAt, slot);
    this.#slotOf.set(subject, expiresAt);
    if (expiresAt < this.#timerSlot) this.#schedule(expiresAt);
  }

  forget(subject: Subject): void {
    const expiresAt = this.#slotOf.get(subject);
    if (expiresAt === undefined) return;
    this.#slotOf.delete(subject);
    const slot = this.#slots.get(expiresAt);
    slot?.delete(subject);
    if (slot?.size === 0) this.#slots.delete(expiresAt);
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#slots.clear();
    this.#slotOf.clear();
  }

  #schedule(slot: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timerSlot = slot;
    const delay = Math.min(Math.max(0, slot * 1000 - Date.now()), longestDelayMs);
    this.#timer = setTimeout(() => this.#expire(), delay);
    this.#timer.unref();
  }

  #expire(): void {
    const now = Date.now() / 1000;
    for (const expiresAt of [...this.#slots.keys()].filter((slot) => slot <= now)) {
      for (const subject of [...(this.#slots.get(expiresAt) ?? [])]) {
        this.forget(subject);
        this.#onExpired(subject);
      }
    }
    this.#timer = null;
    this.#timerSlot = Number.POSITIVE_INFINITY;
    const next = Math.min(...this.#slots.keys());
    if (Number.isFinite(next)) this.#schedule(next);
  }
}
