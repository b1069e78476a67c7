import { isLater, type RowChange } from './row-change';

/** More than anyone hears while a request is under way; older ones are in every answer by then. */
const KEPT = 5_000;

/**
 * A change can be heard a moment before other connections see it: an answer asked for right after may be older than it.
 */
export const OVERTAKEN_MS = 1_000;

/**
 * The latest change heard of each row, for two questions: is this news (events come twice, late, and as echoes of one's
 * own work), and what was heard since a request was sent (its answer may be older than that).
 */
export class RecentChanges<Row> {
  readonly #latest = new Map<string, { change: RowChange<Row>; heardAt: number }>();
  readonly #now: () => number;

  /** @param now a clock that never goes back, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Remembers a change; false when it is not news. */
  accept(change: RowChange<Row>): boolean {
    if (!this.isNews(change)) return false;
    // Deleting first moves the row to the end, which keeps the oldest first.
    this.#latest.delete(change.id);
    this.#latest.set(change.id, { change, heardAt: this.#now() });
    if (this.#latest.size > KEPT) this.#latest.delete(this.#latest.keys().next().value ?? '');
    return true;
  }

  /** Whether a change is later than what has been heard of its row. */
  isNews(change: Pick<RowChange<Row>, 'id' | 'kind' | 'version'>): boolean {
    const known = this.#latest.get(change.id);
    return !known || isLater(change, known.change);
  }

  /** Call before a request is sent, and give the result to `since` when its answer has come. */
  mark(): number {
    return this.#now() - OVERTAKEN_MS;
  }

  /** What was heard since then and, as it may have been overtaken, a moment before. */
  since(mark: number): RowChange<Row>[] {
    return [...this.#latest.values()].filter(({ heardAt }) => heardAt >= mark).map(({ change }) => change);
  }

  /** After a change of what this person may see: what was heard before says nothing about it. */
  forget(): void {
    this.#latest.clear();
  }
}
