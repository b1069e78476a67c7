import { createContext } from 'svelte';
import { findCached } from '$lib/data/customers/apply';
import type { Customer } from '$lib/data/customers/schema';
import type { DataContext } from '$lib/data/context';
import { lookTwice } from '$lib/data/second-look';
import { applyChange, type Applied } from './apply-change';
import type { BulkEvent, ChangeEvent, RealtimeEvent } from './events';
import { KnownChanges } from './known-changes';
import { concernsLayout, invalidateTable } from './table-keys';

/** A change that has reached the screen. */
export interface AppliedChange {
  change: ChangeEvent;
  /** For customers: as it was on this screen before, when it was there. */
  before: Customer | null;
}

interface Handlers {
  /** The members, or what the page was loaded with, have changed. */
  onLayoutChanged: () => void;
  /** What this person may see or do has changed. */
  onMembershipChanged: () => void;
  /** Sessions of this person were signed out; it may be the one of this page. */
  onSessionsEnded: (sessions: string[]) => void;
  /** Rows of which only the id was announced. */
  onIncomplete: (changes: ChangeEvent[]) => void;
}

/**
 * Takes what arrives on the channels and brings it to the screen once per frame, so that a burst of changes is drawn
 * once. What was missed comes through here as well.
 */
export class LiveFeed {
  readonly known = new KnownChanges();
  readonly #data: DataContext;
  readonly #handlers: Handlers;
  readonly #reloadLayout: () => void;
  readonly #listeners = new Set<(applied: AppliedChange) => void>();
  #queue: ChangeEvent[] = [];
  #scheduled = false;

  constructor(data: DataContext, handlers: Handlers) {
    this.#data = data;
    this.#handlers = handlers;
    this.#reloadLayout = lookTwice(() => handlers.onLayoutChanged());
  }

  receive = (event: RealtimeEvent): void => {
    if (event.event === 'change') this.#enqueue(event.payload);
    else if (event.event === 'membership_changed') this.#handlers.onMembershipChanged();
    else if (event.event === 'sessions_ended') this.#handlers.onSessionsEnded(event.payload.sessions);
    else if (event.event === 'bulk') this.#applyBulk(event.payload);
  };

  /** Hears of every change once it is in the cache. */
  onApplied(listener: (applied: AppliedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Brings changes to the screen as they were announced, without waiting for a frame. */
  apply(changes: readonly ChangeEvent[]): void {
    const incomplete = this.#applyAll(changes);
    if (incomplete.length > 0) this.#handlers.onIncomplete(incomplete);
  }

  /** Brings rows to the screen that were read because they had been missed; gone ones come as deleted. */
  applyRead(changes: readonly ChangeEvent[]): void {
    // Of a newer shape than this page knows: the views that show them may still read them.
    for (const table of new Set(this.#applyAll(changes).map((change) => change.table))) this.readAgain(table);
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
    this.apply(changes);
  };

  #applyBulk({ table, at }: BulkEvent): void {
    this.known.accept({ table, op: 'bulk', at });
    this.readAgain(table);
  }

  /** Reads everything of a table that is on screen. */
  readAgain(table: string): void {
    invalidateTable(this.#data, table);
    if (concernsLayout(table)) this.#reloadLayout();
  }

  /** @returns those that came without a row that could be used */
  #applyAll(changes: readonly ChangeEvent[]): ChangeEvent[] {
    return changes.filter((change) => this.#apply(change) === 'incomplete');
  }

  #apply(change: ChangeEvent): Applied {
    const isCustomer = change.table === 'customers';
    // Customers are told apart by what their cache knows, which also learns from the answers to one's own requests.
    if (!isCustomer && this.known.has(change)) return 'known';
    const before = isCustomer ? findCached(this.#data.queryClient, this.#data.orgId, change.id) : null;
    const result = applyChange(this.#data, change);
    if (result !== 'news') return result;
    if (!isCustomer) this.known.accept(change);
    // Pages that list such rows read them by themselves.
    if (concernsLayout(change.table)) this.#reloadLayout();
    else for (const listener of this.#listeners) listener({ change, before });
    return result;
  }
}

/** Everything live of an organisation, set once by its layout. */
export const [useLiveFeed, setLiveFeed] = createContext<LiveFeed>();
