import { createQuery } from '@tanstack/svelte-query';
import type { DataContext } from '$lib/data/context';
import { findCached } from '$lib/data/customers/apply';
import type { ColumnData } from '$lib/data/customers/cache';
import { withoutCard } from '$lib/data/customers/card-list';
import type { Edits } from '$lib/data/edits/edits.svelte';
import { customerQueries, loadNextPage } from '$lib/data/customers/queries';
import { isFiltered, type BoardFilters, type Customer } from '$lib/data/customers/schema';
import { productQueries } from '$lib/data/products/queries';
import type { Product } from '$lib/data/products/schema';
import { territoryQueries } from '$lib/data/territories/queries';
import { totalsByCurrency, type Money } from '$lib/domain/money';
import { STAGES, type Stage } from '$lib/domain/stages';
import { pendingChanges, summaryWithPending, withPending, type PendingChange } from './pending';

interface Options {
  data: DataContext;
  filters: () => BoardFilters;
  edits: Edits;
  /** A card that has been dropped and waits for an answer of this person. */
  held: () => PendingChange | null;
}

/** What the columns hold: the cards as shown, counts, totals, and what to filter by. Owns queries. */
export class BoardColumns {
  readonly #data: DataContext;
  readonly #filters: () => BoardFilters;
  readonly #edits: Edits;
  readonly #held: () => PendingChange | null;
  readonly #columns;
  readonly #summary;
  readonly #products;
  #still = $state.raw<ReadonlyMap<Stage, readonly Customer[]>>(new Map());
  #loading = $state.raw<ReadonlySet<Stage>>(new Set());

  constructor({ data, filters, edits, held }: Options) {
    this.#data = data;
    this.#filters = filters;
    this.#edits = edits;
    this.#held = held;
    const query = (stage: Stage) => createQuery(() => customerQueries.column(data, stage, filters()));
    this.#columns = new Map(STAGES.map((stage) => [stage, query(stage)]));
    this.#summary = createQuery(() => customerQueries.summary(data, filters()));
    this.#products = createQuery(() => productQueries.list(data));
    // Looked at by what is heard: kept, and read anew when the map changes, as long as the board is open.
    createQuery(() => ({
      ...territoryQueries.bricks(data, filters().territories),
      enabled: filters().territories.length > 0,
    }));
  }

  readonly #stored: ReadonlyMap<Stage, readonly Customer[]> = $derived.by(
    () => new Map(STAGES.map((stage) => [stage, this.#columns.get(stage)?.data?.cards ?? []])),
  );
  readonly #pending = $derived.by(() => {
    const pending = pendingChanges(this.#edits, this.#stored);
    const held = this.#held();
    return held ? new Map(pending).set(held.customer.id, held) : pending;
  });
  readonly #shown: ReadonlyMap<Stage, readonly Customer[]> = $derived.by(
    () =>
      new Map(
        STAGES.map((stage) => {
          const cards = this.#stored.get(stage) ?? [];
          return [stage, this.#still.get(stage) ?? withPending(cards, stage, this.#pending)];
        }),
      ),
  );
  readonly #productNames = $derived.by(() => new Map(this.products.map(({ id, name }) => [id, name])));
  readonly #totals = $derived.by(() => summaryWithPending(this.#summary.data ?? [], this.#pending));

  /** What there is to filter by among the cards that have been loaded, and what is filtered by already. */
  readonly facets = $derived.by(() => {
    const cards = STAGES.flatMap((stage) => this.#columns.get(stage)?.data?.cards ?? []);
    const { sources, tags } = this.filters;
    return {
      sources: distinct([...sources, ...cards.map((card) => card.acquisition_source ?? '')]),
      tags: distinct([...tags, ...cards.flatMap((card) => card.tags)]),
    };
  });

  get filters(): BoardFilters {
    return this.#filters();
  }

  get isFiltered(): boolean {
    return isFiltered(this.filters);
  }

  /** No column has a card, and that is certain. */
  get isEmpty(): boolean {
    return STAGES.every(
      (stage) => !this.isLoading(stage) && !this.errorIn(stage) && this.cards(stage).length === 0,
    );
  }

  get products(): readonly Product[] {
    return this.#products.data ?? [];
  }

  productName(id: string | null): string | null {
    return (id && this.#productNames.get(id)) || null;
  }

  find(customerId: string): Customer | null {
    return findCached(this.#data.queryClient, this.#data.orgId, customerId);
  }

  /** The cards of a column as shown, in order. */
  cards(stage: Stage): readonly Customer[] {
    return this.#shown.get(stage) ?? [];
  }

  /** The same without one card: the gaps that it can be put into. */
  othersIn(stage: Stage, customerId: string): readonly Customer[] {
    return withoutCard(this.cards(stage), customerId);
  }

  /** Holds a column as it is while a card of this person is over it; what arrives meanwhile shows at the drop. */
  holdStill(stage: Stage): void {
    if (!this.#still.has(stage)) this.#still = new Map(this.#still).set(stage, this.cards(stage));
  }

  letGo(): void {
    this.#still = new Map();
  }

  isLoading(stage: Stage): boolean {
    return this.#columns.get(stage)?.isPending ?? true;
  }

  /** The reason a column could not be loaded, while there is nothing to show in its place. */
  errorIn(stage: Stage): Error | null {
    const column = this.#columns.get(stage);
    return column && !column.data ? column.error : null;
  }

  retry(stage: Stage): void {
    void this.#columns.get(stage)?.refetch();
  }

  /** How many customers the column has, loaded or not; null while that is not known. */
  countIn(stage: Stage): number | null {
    if (!this.#summary.data) return null;
    return this.#totals.reduce((sum, line) => (line.status === stage ? sum + line.customers : sum), 0);
  }

  totalsIn(stage: Stage): Money[] {
    return totalsByCurrency(
      this.#totals
        .filter(({ status }) => status === stage)
        .map(({ currency, total_value: amount }) => ({ currency, amount })),
    );
  }

  /** Where the next page of a column begins; null when all of it is loaded. */
  nextPageOf(stage: Stage): ColumnData['cursor'] {
    return this.#columns.get(stage)?.data?.cursor ?? null;
  }

  isLoadingMore(stage: Stage): boolean {
    return this.#loading.has(stage);
  }

  async loadMore(stage: Stage): Promise<void> {
    if (this.#loading.has(stage) || !this.nextPageOf(stage)) return;
    this.#loading = new Set(this.#loading).add(stage);
    try {
      await loadNextPage(this.#data, stage, this.filters);
    } catch {
      // Scrolling on asks again; what is loaded stays.
    } finally {
      this.#loading = new Set([...this.#loading].filter((one) => one !== stage));
    }
  }
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== '').sort((a, b) => a.localeCompare(b));
}
