import { createContext } from 'svelte';
import { findCached } from '$lib/data/customers/apply';
import { customerKeys } from '$lib/data/customers/keys';
import type { Customer } from '$lib/data/customers/schema';
import type { DataContext } from '$lib/data/context';
import { applyChange, concernsLayout, invalidateTable } from './apply-change';
import type { ChangeEvent, RealtimeEvent } from './events';

/** A change that has reached the screen. */
export interface AppliedChange {
  change: ChangeEvent;
  /** For customers: as it was on this screen before, when it was there. */
  before: Customer | null;
}

/** Counts that could not be computed here are fetched at most this often. */
const SETTLE_MS = 700;

/**
 * Takes what arrives on the channels and brings it to the screen once per frame, so that a burst of changes is drawn
 * once.
 */
export class LiveFeed {
  readonly #data: DataContext;
  readonly #onLayoutChanged: () => void;
  readonly #onMembershipChanged: () => void;
  readonly #onSessionsEnded: (sessions: string[]) => void;
  readonly #listeners = new Set<(applied: AppliedChange) => void>();
  #queue: ChangeEvent[] = [];
  #scheduled = false;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    data: DataContext,
    handlers: {
      /** The members, or what the page was loaded with, have changed. */
      onLayoutChanged: () => void;
      /** What this person may see or do has changed. */
      onMembershipChanged: () => void;
      /** Sessions of this person were signed out; it may be the one of this page. */
      onSessionsEnded: (sessions: string[]) => void;
    },
  ) {
    this.#data = data;
    this.#onLayoutChanged = handlers.onLayoutChanged;
    this.#onMembershipChanged = handlers.onMembershipChanged;
    this.#onSessionsEnded = handlers.onSessionsEnded;
  }

  receive = (event: RealtimeEvent): void => {
    if (event.event === 'change') this.#enqueue(event.payload);
    else if (event.event === 'membership_changed') this.#onMembershipChanged();
    else if (event.event === 'sessions_ended') this.#onSessionsEnded(event.payload.sessions);
    else if (event.event === 'bulk') {
      if (concernsLayout(event.payload.table)) this.#onLayoutChanged();
      invalidateTable(this.#data, event.payload.table);
    }
  };

  /** Hears of every change once it is in the cache. */
  onApplied(listener: (applied: AppliedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #enqueue(change: ChangeEvent): void {
    this.#queue.push(change);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A page in the background gets no frames, but is to be up to date when it is looked at.
    if (document.hidden) setTimeout(this.#flush, 50);
    else requestAnimationFrame(this.#flush);
  }

  #flush = (): void => {
    const changes = this.#queue;
    this.#queue = [];
    this.#scheduled = false;
    for (const change of changes) this.#apply(change);
  };

  #apply(change: ChangeEvent): void {
    if (concernsLayout(change.table)) {
      // Pages that list these rows read them by themselves.
      invalidateTable(this.#data, change.table);
      return this.#onLayoutChanged();
    }
    const isCustomer = change.table === 'customers';
    const { queryClient, orgId } = this.#data;
    const before = isCustomer ? findCached(queryClient, orgId, change.id) : null;
    if (isCustomer) this.#settleSummaries();
    if (!applyChange(this.#data, change)) return;
    for (const listener of this.#listeners) listener({ change, before });
  }

  /** Counts and totals are kept in step where the former state of a customer is known; this makes them exact. */
  #settleSummaries(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      const { queryClient, orgId } = this.#data;
      void queryClient.invalidateQueries({ queryKey: customerKeys.summaries(orgId) });
      // Whether a search finds a customer is for the server to say.
      void queryClient.invalidateQueries({
        queryKey: customerKeys.columns(orgId),
        predicate: ({ queryKey }) => isSearched(queryKey[4]),
      });
    }, SETTLE_MS);
  }
}

function isSearched(filters: unknown): boolean {
  return typeof filters === 'object' && filters !== null && 'text' in filters && filters.text !== '';
}

/** Everything live of an organisation, set once by its layout. */
export const [useLiveFeed, setLiveFeed] = createContext<LiveFeed>();
