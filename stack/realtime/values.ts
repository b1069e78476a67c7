/** The path and query of a request. What is no URL at all counts as the root, which nothing is served at. */
export function requestUrl(target: string | undefined): URL {
  const base = 'http://localhost/';
  try {
    return new URL(target ?? '/', base);
  } catch {
    return new URL(base);
  }
}

/** Whether parsed JSON is an object: neither null, nor a list, nor a scalar. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
