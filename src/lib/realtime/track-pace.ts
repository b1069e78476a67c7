/** Supabase Realtime takes five presence updates of a client in half a minute; one is left for a reconnect. */
const WINDOW_MS = 30_000;
const UPDATES = 4;

/** Says how long the next presence update has to wait: a few pages in a row are told at once, a flood is not. */
export class TrackPace {
  #sent: number[] = [];

  /** Milliseconds until the next update may be sent. */
  wait(now: number): number {
    this.#sent = this.#sent.filter((at) => now - at < WINDOW_MS);
    const oldest = this.#sent.at(-UPDATES);
    return oldest === undefined ? 0 : oldest + WINDOW_MS - now;
  }

  sent(now: number): void {
    this.#sent.push(now);
  }
}
