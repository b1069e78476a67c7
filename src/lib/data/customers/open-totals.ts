import type { QueryClient } from '@tanstack/svelte-query';
import { customerKeys } from './keys';

const FIRST_WAIT_MS = 700;
const LONGEST_WAIT_MS = 30_000;
/** After this long without a need the first wait is short again. */
const QUIET_MS = 30_000;

/**
 * Counts and totals that could not be computed on the page, to be read from the database: soon after a single change,
 * ever more rarely while changes keep coming, so that a busy organisation is not counted again and again by everyone.
 */
export class OpenTotals {
  readonly #queryClient: QueryClient;
  readonly #orgId: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait = FIRST_WAIT_MS;
  #settledAt = -Infinity;

  constructor(queryClient: QueryClient, orgId: string) {
    this.#queryClient = queryClient;
    this.#orgId = orgId;
  }

  /** Asks for the totals of everything on screen to be read anew. */
  add(): void {
    if (this.#timer !== undefined) return;
    if (Date.now() - this.#settledAt > QUIET_MS) this.#wait = FIRST_WAIT_MS;
    const spread = 0.9 + Math.random() * 0.2;
    this.#timer = setTimeout(() => this.#settle(), this.#wait * spread);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  /** Whether a search is on screen: which customers it finds is for the server to say. */
  hasSearch(): boolean {
    return this.#queryClient.getQueryCache().findAll(this.#searched()).length > 0;
  }

  #settle(): void {
    this.#timer = undefined;
    this.#settledAt = Date.now();
    void this.#queryClient.invalidateQueries({ queryKey: customerKeys.summaries(this.#orgId) });
    void this.#queryClient.invalidateQueries(this.#searched());
  }

  #searched() {
    return {
      queryKey: customerKeys.columns(this.#orgId),
      type: 'active' as const,
      predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => isSearch(queryKey[4]),
    };
  }
}

function isSearch(filters: unknown): boolean {
  return typeof filters === 'object' && filters !== null && 'text' in filters && filters.text !== '';
}
