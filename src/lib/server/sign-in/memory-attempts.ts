import type { Attempt, Outcome } from './attempts';

const windowMs = 15 * 60_000;
const allowed = 5;

/**
 * The rule of the database's `begin_sign_in`, kept in memory: five failures within 15 minutes for an account or from an
 * address are too many; a success forgives the account. Past `most` accounts and addresses the oldest are forgotten.
 */
export class MemoryAttempts {
  readonly #failures = new Map<string, number[]>();
  readonly #most: number;
  readonly #now: () => number;

  constructor(most = 10_000, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  get size(): number {
    return this.#failures.size;
  }

  begin(account: string, address: string | null, limited = true): Attempt {
    const accountName = `account ${account}`;
    const names = [accountName, ...(address === null ? [] : [`address ${address}`])];
    const now = this.#now();
    const freeAt = Math.max(
      ...names.map((name) => (this.#recent(name).at(-allowed) ?? -Infinity) + windowMs),
    );
    if (limited && freeAt > now) return { retryAfter: Math.ceil((freeAt - now) / 1000) };
    // A try counts until it is known how it ended, so that many at once do not slip through.
    for (const name of names) this.#add(name, now);
    return {
      retryAfter: null,
      finish: (outcome) => {
        this.#finish(names, accountName, now, outcome);
        return Promise.resolve();
      },
    };
  }

  #finish(names: string[], accountName: string, at: number, outcome: Outcome): void {
    if (outcome === 'failed') return;
    for (const name of names) this.#remove(name, at);
    if (outcome === 'succeeded') this.#failures.delete(accountName);
  }

  #recent(name: string): number[] {
    const now = this.#now();
    return (this.#failures.get(name) ?? []).filter((at) => at > now - windowMs);
  }

  #add(name: string, at: number): void {
    const times = [...this.#recent(name), at].slice(-2 * allowed);
    this.#failures.delete(name);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size < this.#most) break;
      this.#failures.delete(oldest);
    }
    this.#failures.set(name, times);
  }

  #remove(name: string, at: number): void {
    const times = this.#failures.get(name) ?? [];
    const index = times.lastIndexOf(at);
    if (index === -1) return;
    if (times.length === 1) this.#failures.delete(name);
    else this.#failures.set(name, times.toSpliced(index, 1));
  }
}
