/** The path and query of a request. What is no URL at all counts as the root, which nothing is served at. */
export function requestUrl(target: string | undefined): URL {
  const base = 'http://localhost/';
  try {
    return new URL(target ?? '/', base);
  } catch {
    return new URL(base);
  }
}

/** Deepest nesting of what is written out again as JSON, far below what the call stack allows. */
export const maxNesting = 500;

/** Whether parsed JSON is nested deeper than so many levels. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

/** Whether parsed JSON is an object: neither null, nor a list, nor a scalar. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
