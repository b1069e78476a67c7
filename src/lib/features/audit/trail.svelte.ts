import { createInfiniteQuery, createQuery } from '@tanstack/svelte-query';
import { auditQueries, fetchNames, referencesOf } from '$lib/data/audit/queries';
import { auditKeys } from '$lib/data/audit/keys';
import type { TrailFilters } from '$lib/data/audit/schema';
import type { DataContext } from '$lib/data/context';

/** The rows of the trail as far as they have been loaded. Make it while a component initialises: it owns queries. */
export class Trail {
  readonly #query;
  readonly #names;

  constructor(data: DataContext, filters: () => TrailFilters, timeZone: () => string) {
    this.#query = createInfiniteQuery(() => auditQueries.trail(data, filters(), timeZone()));
    this.#names = createQuery(() => {
      const references = referencesOf(this.entries);
      return {
        queryKey: auditKeys.names(data.orgId, references),
        queryFn: () => fetchNames(data, references),
        enabled: references.length > 0,
        // Names known already stay while those of the next page come.
        placeholderData: (known: Map<string, string> | undefined) => known,
      };
    });
  }

  readonly entries = $derived.by(() => this.#query.data?.pages.flat() ?? []);

  get isPending(): boolean {
    return this.#query.isPending;
  }
  get error(): Error | null {
    return this.#query.data ? null : this.#query.error;
  }
  get hasMore(): boolean {
    return this.#query.hasNextPage;
  }
  get isLoadingMore(): boolean {
    return this.#query.isFetchingNextPage;
  }

  /** What a row of any table is called, where that is known. */
  nameOf(recordId: string | null): string | null {
    return recordId ? (this.#names.data?.get(recordId) ?? null) : null;
  }

  loadMore(): void {
    void this.#query.fetchNextPage();
  }

  reload(): void {
    void this.#query.refetch();
  }
}
