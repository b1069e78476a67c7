/**
 * Assertions for `deno test`. Node's own come without types here: Deno 2.1 looks for them outside the installed
 * packages.
 */

/** Fails unless the condition holds. */
export function ok(condition: boolean, message = 'the condition does not hold'): asserts condition {
  if (!condition) throw new Error(message);
}

/** Fails unless both have the same content; for what JSON can express. */
export function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [actual, expected].map((value) => JSON.stringify(value, null, 2));
  ok(left === right, `expected\n${right}\nbut got\n${left}`);
}

/** Fails unless the text matches the pattern. */
export function match(text: string, pattern: RegExp): void {
  ok(pattern.test(text), `expected ${pattern} in\n${text}`);
}
