import type { ClaimSet } from './types.ts';

/** The claims in use: equal ones are one object for as long as somebody holds it. */
export class ClaimSets {
  readonly #held = new Map<string, { readonly claims: ClaimSet; holders: number }>();

  get size(): number {
    return this.#held.size;
  }

  /** To be given back by {@link release}. */
  hold(role: string, claimsJson: string): ClaimSet {
    const key = keyOf({ role, claimsJson });
    const entry = this.#held.get(key) ?? { claims: { role, claimsJson }, holders: 0 };
    entry.holders++;
    this.#held.set(key, entry);
    return entry.claims;
  }

  release(claims: ClaimSet): void {
    const key = keyOf(claims);
    const entry = this.#held.get(key);
    if (entry && --entry.holders === 0) this.#held.delete(key);
  }
}

const keyOf = ({ role, claimsJson }: ClaimSet) => `${role}\n${claimsJson}`;
