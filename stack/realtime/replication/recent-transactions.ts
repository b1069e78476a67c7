/** How long a commit may be invisible to new snapshots after it was replicated; measured: 17 ms. */
const recentMs = 1_000;
const pruneAbove = 1_000;

/** Ids of transactions that were delivered so lately that new snapshots might not see them yet. */
export class RecentTransactions {
  readonly #entries: { readonly id: number; readonly at: number }[] = [];

  add(id: number): void {
    if (this.#entries.at(-1)?.id === id) return;
    this.#entries.push({ id, at: performance.now() });
    if (this.#entries.length > pruneAbove) this.ids();
  }

  ids(): number[] {
    const since = performance.now() - recentMs;
    const firstRecent = this.#entries.findIndex(({ at }) => at >= since);
    this.#entries.splice(0, firstRecent < 0 ? this.#entries.length : firstRecent);
    return this.#entries.map(({ id }) => id);
  }
}
