import type { LookUpAnswer } from './look-up-connections.ts';
import type { ClaimSet } from './types.ts';

/** Why claims got no answer: their policy failed, or it could not be asked in time. */
export type Failure = { readonly kind: 'policy'; readonly message: string } | { readonly kind: 'late' };

/** Hits are numbers: place of the claims × this + place of the row. */
const rowPlace = 1_000;
const canceled = '57014';
const nothing: ReadonlySet<string> = new Set();

/** The answers to one question. */
export class Judgement {
  readonly failures = new Map<ClaimSet, Failure>();
  #columns: ReadonlySet<string> | null = null;
  readonly #everything = new Set<ClaimSet>();
  readonly #seen = new Map<ClaimSet, Set<number>>();

  /** Columns that the role may read, by name. Answers from different moments give no more than each of them. */
  get columns(): ReadonlySet<string> {
    return this.#columns ?? nothing;
  }

  /** Whether claims may see a row of the case. */
  sees(claims: ClaimSet, row: number): boolean {
    return this.#everything.has(claims) || this.#seen.get(claims)?.has(row) === true;
  }

  fail(claims: Iterable<ClaimSet>, failure: Failure): void {
    for (const one of claims) this.failures.set(one, failure);
  }

  /** @param claims in the order they were asked about */
  record(claims: readonly ClaimSet[], { verdict, columns, hits, failed, reasons }: LookUpAnswer): void {
    const before = this.#columns;
    this.#columns = new Set(
      verdict === null ? [] : columns.filter((name) => before === null || before.has(name)),
    );
    if (verdict === 'everyone') for (const one of claims) this.#everything.add(one);
    for (const hit of hits) {
      const one = claims[Math.floor(hit / rowPlace) - 1];
      if (!one) continue;
      const rows = this.#seen.get(one) ?? new Set();
      this.#seen.set(one, rows.add((hit % rowPlace) - 1));
    }
    for (const [index, place] of failed.entries()) {
      const one = claims[place - 1];
      const [code = '', ...words] = reasons[index]?.split(' ') ?? [];
      if (one)
        this.fail([one], code === canceled ? { kind: 'late' } : { kind: 'policy', message: words.join(' ') });
    }
  }
}
