import type { VerifiedToken } from '../tokens.ts';
import type { Binding } from './binding.ts';
import type { FilterCondition } from './filter-grammar.ts';

/** How long whoever sent a pattern that took too long may send none. */
const refusedForMs = 60_000;
const mostRemembered = 10_000;

/**
 * Remembers who sent patterns that held everybody up. They would be taken out again each time, but each time costs the
 * others the whole time limit. A user is remembered; where nobody is signed in, the pattern.
 */
export class SlowPatterns {
  readonly #until = new Map<string, number>();

  remember(token: VerifiedToken, bindings: readonly Binding[], now = performance.now()): void {
    if (this.#until.size >= mostRemembered) this.#until.clear();
    for (const key of keysOf(token, bindings)) this.#until.set(key, now + refusedForMs);
  }

  /** @returns the binding that is not to be tried again yet */
  find(token: VerifiedToken, bindings: readonly Binding[], now = performance.now()): Binding | null {
    const isRefused = (binding: Binding) =>
      keysOf(token, [binding]).some((key) => (this.#until.get(key) ?? 0) > now);
    return this.#until.size === 0 ? null : (bindings.find(isRefused) ?? null);
  }
}

/** Whether a comparison may take long. */
export const isPattern = ({ operator }: FilterCondition) => operator === 'match' || operator === 'imatch';

function keysOf({ role, subject }: VerifiedToken, bindings: readonly Binding[]): string[] {
  const patterns = bindings.flatMap(({ conditions }) =>
    conditions.filter(isPattern).map(({ operand }) => operand),
  );
  if (patterns.length === 0) return [];
  return subject === null ? patterns.map((pattern) => `${role} ${pattern}`) : [`${role} user ${subject}`];
}
