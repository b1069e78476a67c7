import type { ChannelHandle } from './registry.svelte';
import { TrackPace } from './track-pace';

/**
 * Tells the others which page this person looks at. Of several windows the one looked at last counts, so a window that
 * comes to the front says so.
 */
export class PageTeller {
  readonly #userId: string;
  readonly #pace = new TrackPace();
  #channel: ChannelHandle | null = null;
  #page: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(userId: string) {
    this.#userId = userId;
  }

  /** Returns how to stop. */
  start(channel: ChannelHandle): () => void {
    this.#channel = channel;
    const look = () => {
      if (!document.hidden && this.#page !== null) this.show(this.#page);
    };
    document.addEventListener('visibilitychange', look);
    if (this.#page !== null) this.show(this.#page);
    return () => {
      document.removeEventListener('visibilitychange', look);
      clearTimeout(this.#timer);
      this.#channel = null;
    };
  }

  show(page: string): void {
    this.#page = page;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#channel) return;
      this.#pace.sent(Date.now());
      this.#channel.track({ user_id: this.#userId, page, at: new Date().toISOString() });
    }, this.#pace.wait(Date.now()));
  }
}
