/** Work under one name: what is under way, and what everybody waits for who asked after it began. */
interface Entry<Result> {
  current: Promise<Result>;
  next: Promise<Result> | null;
}

/**
 * Does equal work once for all who ask while an earlier turn of it is under way. Nobody gets an answer that was begun
 * before they asked.
 */
export class SharedWork<Result> {
  readonly #entries = new Map<string, Entry<Result>>();

  do(name: string, work: () => Promise<Result>): Promise<Result> {
    const entry = this.#entries.get(name);
    if (!entry) return this.#begin(name, work);
    entry.next ??= entry.current.then(
      () => this.#begin(name, work),
      () => this.#begin(name, work),
    );
    return entry.next;
  }

  #begin(name: string, work: () => Promise<Result>): Promise<Result> {
    const entry: Entry<Result> = { current: work(), next: null };
    this.#entries.set(name, entry);
    const end = () => {
      if (entry.next === null && this.#entries.get(name) === entry) this.#entries.delete(name);
    };
    entry.current.then(end, end);
    return entry.current;
  }
}
