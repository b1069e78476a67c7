import { isLater, type RowChange } from './row-change';

/** More than anyone hears while a request is under way; older ones are in every answer by then. */
const KEPT = 5_000;

/**
 * The latest change heard of each row, for two questions: is this news (events come twice, late, and as echoes of one's
 * own work), and what was heard since a request was sent (its answer may be older than that).
 */
export class RecentChanges<Row> {
  readonly #latest = new Map<string, { change: RowChange<Row>; sequence: number }>();
  #sequence = 0;

  /** Remembers a change; false when it is not news. */
  accept(change: RowChange<Row>): boolean {
    const known = this.#latest.get(change.id);
    if (known && !isLater(change, known.change)) return false;
    // Deleting first moves the row to the end, which keeps the oldest first.
    this.#latest.delete(change.id);
    this.#latest.set(change.id, { change, sequence: ++this.#sequence });
    if (this.#latest.size > KEPT) this.#latest.delete(this.#latest.keys().next().value ?? '');
    return true;
  }

  /** Call before a request is sent, and give the result to `since` when its answer has come. */
  mark(): number {
    return this.#sequence;
  }

  since(mark: number): RowChange<Row>[] {
    return [...this.#latest.values()].filter(({ sequence }) => sequence > mark).map(({ change }) => change);
  }

  /** After a gap: what was heard before it may have been overtaken unheard. */
  forget(): void {
    this.#latest.clear();
  }
}
