import { fetchChanges } from '$lib/data/changes/queries';
import type { ChangesPage, MissedChange } from '$lib/data/changes/schema';
import type { DataContext } from '$lib/data/context';
import { toAppError } from '$lib/supabase/errors';
import type { ChangeEvent } from '../events';
import { kindOf, type KnownChanges } from '../known-changes';
import { concernsLayout, isOfOrganization } from '../table-keys';
import { readMissedRows } from './missed-rows';
import { planCatchUp, type CatchUpPlan } from './plan';
import { SkippablePause } from './skippable-pause';

/** Of more rows than this, what is on screen is read again instead of row by row. */
const MOST_UNKNOWN = 500;
/** Several channels join within moments of each other: one question answers for all. */
const GATHER_MS = 30;
/** The log goes back two minutes without a cursor; a part is left for clocks that differ. */
const FIRST_REACH_MS = 100_000;
const CLOCKS_DIFFER_MS = 5_000;
/** Statements about members are short: what began this long before the page was read is in the page. */
const STATEMENT_MS = 2_000;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000];

interface Parts {
  data: DataContext;
  /** What has reached the screen, and the way there. */
  feed: {
    known: Pick<KnownChanges, 'has' | 'accept'>;
    applyRead: (changes: readonly ChangeEvent[]) => void;
    readAgain: (table: string) => void;
  };
  /** When the server read what the page was loaded with. */
  pageReadAt: () => number;
  /** The organisation is not this person's any more. */
  onRefused: () => void;
}

/**
 * Fetches what was not heard: after each subscription, after waking, and now and then as a safety net. One question at a
 * time; its cursor moves on only when all it named has reached the screen.
 */
export class CatchUp {
  readonly #parts: Parts;
  readonly #pause = new SkippablePause();
  /** Topics of single records, with the time since which the cursor covers them. */
  readonly #records = new Map<string, number>();
  #cursor: string | null = null;
  /** When the question that gave the cursor was asked. */
  #askedAt = -Infinity;
  #isAfterGap = false;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves when everything up to now has reached the screen, however often that has to be tried. */
  ask(options: { afterGap?: boolean } = {}): Promise<void> {
    this.#isAfterGap ||= options.afterGap ?? false;
    this.#pause.skip();
    this.#next ??= this.#afterCurrent();
    return this.#next;
  }

  /** Asks for a record's topic as well from now on; returns how to stop. */
  follow(topic: string): () => void {
    if (!this.#records.has(topic)) this.#records.set(topic, this.#askedAt + CLOCKS_DIFFER_MS);
    return () => this.#records.delete(topic);
  }

  /** Whether what was read of a record at this time is brought up to date by catching up. */
  covers(topic: string, readAt: number): boolean {
    return readAt >= (this.#records.get(topic) ?? Infinity);
  }

  stop(): void {
    this.#isStopped = true;
    this.#pause.skip();
  }

  async #afterCurrent(): Promise<void> {
    await this.#current;
    await this.#pause.wait(GATHER_MS, { isFixed: true });
    this.#next = null;
    this.#current = this.#untilDone();
    await this.#current;
  }

  async #untilDone(): Promise<void> {
    for (let attempt = 0; !this.#isStopped; attempt++) {
      try {
        return await this.#run();
      } catch (cause) {
        const { kind, code, retryable } = toAppError(cause);
        if (code === 'invalid_cursor') this.#cursor = null;
        else if (kind === 'not_found' || kind === 'forbidden') return this.#parts.onRefused();
        // A mistake on one of the two sides: reading all of it anew is right whatever it was.
        else if (!retryable && kind !== 'network') return this.#readEverything();
      }
      await this.#pause.wait(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 0);
    }
  }

  async #run(): Promise<void> {
    const isAfterGap = this.#isAfterGap;
    const isFirst = this.#cursor === null;
    this.#isAfterGap = false;
    try {
      for (let isMore = true; isMore && !this.#isStopped;) isMore = await this.#onePage(isAfterGap);
      if (isFirst) await this.#readOlderThan(this.#askedAt - FIRST_REACH_MS);
      await this.#readFailed(isAfterGap);
    } catch (error) {
      this.#isAfterGap ||= isAfterGap;
      throw error;
    }
  }

  /** @returns whether there is another page */
  async #onePage(isAfterGap: boolean): Promise<boolean> {
    const [page, askedAt] = await this.#askFrom(this.#cursor);
    if (page.reset) {
      await this.#readEverything();
      return this.#moveTo(page, askedAt);
    }
    const plan = planCatchUp(page.changes, (change) => this.#isKnown(change));
    if (plan.unknownCount > MOST_UNKNOWN) return this.#skipToEnd();
    await this.#bringIn(plan);
    if (plan.unknownCount > 0 || (isAfterGap && page.changes.some(({ table }) => table === 'customers'))) {
      this.#parts.data.openTotals.add();
    }
    return this.#moveTo(page, askedAt);
  }

  /** Reads what is on screen instead of every row, from the end of the log on. */
  async #skipToEnd(): Promise<boolean> {
    let [page, askedAt] = await this.#askFrom(null);
    while (page.more && !this.#isStopped) [page, askedAt] = await this.#askFrom(page.cursor);
    await this.#readEverything();
    return this.#moveTo(page, askedAt);
  }

  async #askFrom(cursor: string | null): Promise<[ChangesPage, number]> {
    const askedAt = Date.now();
    return [await fetchChanges(this.#parts.data, cursor, [...this.#records.keys()]), askedAt];
  }

  #moveTo({ cursor, more }: ChangesPage, askedAt: number): boolean {
    this.#cursor = cursor;
    this.#askedAt = askedAt;
    return more;
  }

  #isKnown(change: MissedChange): boolean {
    const { feed, data, pageReadAt } = this.#parts;
    if (change.table === 'customers' && change.id) {
      return !data.recentCustomers.isNews({ id: change.id, ...kindOf(change) });
    }
    // Reading the page again right after it was loaded would be work for nothing.
    const isInPage = this.#cursor === null && concernsLayout(change.table);
    if (isInPage && Date.parse(change.at) + STATEMENT_MS < pageReadAt()) return true;
    return feed.known.has(change);
  }

  async #bringIn({ gone, unknown, tables }: CatchUpPlan): Promise<void> {
    const { data, feed } = this.#parts;
    const rows = await Promise.all(
      [...unknown].map(([table, changes]) => readMissedRows(data, table, changes)),
    );
    feed.applyRead([...gone, ...rows.flat()]);
    for (const change of tables) feed.known.accept(change);
    for (const table of new Set(tables.map((change) => change.table))) feed.readAgain(table);
  }

  /** What was read before the log can say what has changed since (kept from another visit, say). */
  async #readOlderThan(time: number): Promise<void> {
    const { queryClient, orgId } = this.#parts.data;
    await queryClient.invalidateQueries({
      predicate: (query) => isOfOrganization(orgId)(query) && query.state.dataUpdatedAt < time,
    });
  }

  /**
   * What could not be read, while the connection was gone or because the database was busy, can be now. What was refused stays so
   * unless there was a gap, in which it may have been allowed.
   */
  async #readFailed(isAfterGap: boolean): Promise<void> {
    const { queryClient, orgId } = this.#parts.data;
    await queryClient.invalidateQueries({
      predicate: (query) =>
        isOfOrganization(orgId)(query) &&
        query.state.status === 'error' &&
        (isAfterGap || toAppError(query.state.error).retryable),
    });
  }

  async #readEverything(): Promise<void> {
    const { data, feed } = this.#parts;
    feed.readAgain('memberships');
    await data.queryClient.invalidateQueries({ predicate: isOfOrganization(data.orgId) });
  }
}
