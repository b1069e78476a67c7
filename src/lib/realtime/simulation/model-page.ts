import { QueryClient, QueryObserver } from '@tanstack/svelte-query';
import { createDataContext, type DataContext } from '$lib/data/context';
import { applyCustomerChange } from '$lib/data/customers/apply';
import { toColumn, type ColumnData, type SummaryLine } from '$lib/data/customers/cache';
import { customerKeys } from '$lib/data/customers/keys';
import { customerQueries, loadNextPage } from '$lib/data/customers/queries';
import { NO_FILTERS, parseCustomer, type BoardFilters, type Customer } from '$lib/data/customers/schema';
import { territoryKeys } from '$lib/data/territories/keys';
import { territoryQueries } from '$lib/data/territories/queries';
import type { Stage } from '$lib/domain/stages';
import { CatchUp } from '../catch-up/catch-up';
import type { ChangeEvent } from '../events';
import { LiveFeed } from '../live-feed';
import { modelClient, type Network } from './model-client';
import { BRICKS, CITY, ORG, type ModelDatabase } from './model-database';

export const STAGES_SHOWN: readonly Stage[] = ['lead', 'qualified', 'closed_won'];

/** The views that are open at once: more than a page shows, so that every kind of filter takes part. */
export const VIEWS: readonly BoardFilters[] = [
  NO_FILTERS,
  { ...NO_FILTERS, owners: ['6f1d2a3e-0000-4000-8000-0000000000aa'] },
  { ...NO_FILTERS, tags: ['vip'], sources: ['fair'] },
  { ...NO_FILTERS, territories: [CITY] },
];
/** One that the server alone can answer. */
export const SEARCH: BoardFilters = { ...NO_FILTERS, text: 'mill' };

/** Cards that came with the page; the rest is behind the loaded part. */
const FIRST_CARDS = 3;

/** A browser with boards and records open, over the model. */
export class ModelPage {
  readonly data: DataContext;
  readonly #catchUp: CatchUp;
  readonly #feed: LiveFeed;
  readonly #stops: (() => void)[] = [];
  readonly #details = new Set<string>();

  constructor(
    database: ModelDatabase,
    network: Network,
    readonly views: readonly BoardFilters[],
  ) {
    const queryClient = new QueryClient({
      defaultOptions: { queries: { retry: false, networkMode: 'always' } },
    });
    const client = modelClient(database, network);
    this.data = createDataContext({ client, queryClient, orgId: ORG, userId: 'me' });
    this.#feed = new LiveFeed(this.data, {
      onLayoutChanged: () => undefined,
      onMembershipChanged: () => undefined,
      onSessionsEnded: () => undefined,
      onIncomplete: () => undefined,
    });
    this.#catchUp = new CatchUp({
      data: this.data,
      feed: this.#feed,
      pageReadAt: () => 0,
      onRefused: () => undefined,
    });
    for (const filters of views) this.#open(database, filters);
  }

  hear(change: ChangeEvent): void {
    this.#feed.applyRead([change]);
  }

  /** The answer to a request of this person's own. */
  answer(record: unknown): void {
    const row = parseCustomer(record);
    if (row) applyCustomerChange(this.data, { kind: 'upsert', id: row.id, version: row.version, row });
  }

  catchUp({ afterGap }: { afterGap: boolean }): void {
    void this.#catchUp.ask({ afterGap });
  }

  openRecord(id: string): void {
    if (this.#details.has(id)) return;
    this.#details.add(id);
    this.#observe(customerQueries.detail(this.data, id));
  }

  scroll(stage: Stage): void {
    for (const filters of this.views) void loadNextPage(this.data, stage, filters).catch(() => undefined);
  }

  readAgain(stage: Stage): void {
    const queryKey = customerKeys.column(ORG, stage, NO_FILTERS);
    void this.data.queryClient.invalidateQueries({ queryKey });
    void this.data.queryClient.invalidateQueries({ queryKey: customerKeys.summary(ORG, NO_FILTERS) });
  }

  column(stage: Stage, filters: BoardFilters): ColumnData {
    return this.data.queryClient.getQueryData(customerKeys.column(ORG, stage, filters)) ?? toColumn([], 1);
  }

  summary(filters: BoardFilters): SummaryLine[] {
    return this.data.queryClient.getQueryData(customerKeys.summary(ORG, filters)) ?? [];
  }

  /** The records that are open, each as shown. */
  records(): Map<string, Customer | null> {
    const shown = (id: string) => {
      const state = this.data.queryClient.getQueryState<Customer>(customerKeys.detail(ORG, id));
      return state?.status === 'success' ? (state.data ?? null) : null;
    };
    return new Map([...this.#details].map((id) => [id, shown(id)]));
  }

  close(): void {
    this.#catchUp.stop();
    for (const stop of this.#stops) stop();
    this.data.queryClient.clear();
  }

  #open(database: ModelDatabase, filters: BoardFilters): void {
    const { queryClient } = this.data;
    if (filters.territories.length > 0) {
      queryClient.setQueryData(territoryKeys.bricks(ORG, filters.territories), BRICKS);
      this.#observe(territoryQueries.bricks(this.data, filters.territories));
    }
    queryClient.setQueryData(customerKeys.summary(ORG, filters), database.summary(filters));
    this.#observe(customerQueries.summary(this.data, filters));
    for (const stage of STAGES_SHOWN) {
      const cards = database.column(stage, filters).slice(0, FIRST_CARDS);
      queryClient.setQueryData(customerKeys.column(ORG, stage, filters), toColumn(cards, FIRST_CARDS));
      this.#observe(customerQueries.column(this.data, stage, filters));
    }
  }

  #observe(options: Parameters<typeof observe>[1]): void {
    this.#stops.push(observe(this.data.queryClient, options));
  }
}

type Options = { queryKey: readonly unknown[] };

function observe(queryClient: QueryClient, options: Options): () => void {
  const observer = new QueryObserver(queryClient, options as never);
  return observer.subscribe(() => undefined);
}
