import { hashKey, type QueryClient, type QueryKey } from '@tanstack/svelte-query';
import { OVERTAKEN_MS } from './recent-changes';

const waiting = new WeakMap<QueryClient, Map<string, () => void>>();

/**
 * Makes something that is read because a change was announced be read at once, and once more when other connections have
 * certainly come to see the change: the first answer can be older than what was heard. Changes that follow each other share
 * the second reading.
 */
export function lookTwice(read: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(read, OVERTAKEN_MS);
    read();
  };
}

/** The same for what is in the cache under a name of its own, whoever hears of the change. */
export function readHeard(queryClient: QueryClient, name: string, read: () => void): void {
  const readers = waiting.get(queryClient) ?? new Map<string, () => void>();
  waiting.set(queryClient, readers);
  const known = readers.get(name) ?? lookTwice(read);
  readers.set(name, known);
  known();
}

/** Refetches, twice as {@link lookTwice} does, what is on screen of some queries, and marks the rest of them as old. */
export function invalidateHeard(queryClient: QueryClient, queryKey: QueryKey): void {
  readHeard(queryClient, hashKey(queryKey), () => void queryClient.invalidateQueries({ queryKey }));
}
