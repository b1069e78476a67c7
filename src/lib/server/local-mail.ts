import { appEnv } from './env';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Where the mail that a local installation catches can be read, for a person who sits at that machine; null when mail
 * really goes out, and for everybody who came over a network.
 */
export function localMailUrl(page: URL): string | null {
  return LOOPBACK.has(page.hostname) ? (appEnv().mailUrl ?? null) : null;
}
