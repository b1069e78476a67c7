type Work = () => void | Promise<void>;

/**
 * Does the work of one topic in order. Work that does not wait is done at once; behind work that waits (a
 * join, a policy check) the rest queues.
 */
export class Mailbox {
  readonly #queue: Work[] = [];
  #busy = false;

  get isIdle(): boolean {
    return !this.#busy;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** @param onIdle called when queued work has been done */
  post(work: Work, onIdle: () => void): void {
    if (this.#busy) {
      this.#queue.push(work);
      return;
    }
    const result = work();
    if (result) {
      this.#busy = true;
      void this.#drain(result, onIdle);
    }
  }

  async #drain(first: Promise<void>, onIdle: () => void): Promise<void> {
    await first;
    for (let work = this.#queue.shift(); work; work = this.#queue.shift()) await work();
    this.#busy = false;
    onIdle();
  }
}
