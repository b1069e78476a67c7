import { dehydrate, hydrate, type DehydratedState, type QueryClient } from '@tanstack/svelte-query';
import { toAppError } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { openKept, type KeptQuery } from './database';
import { fits, isFresh, mayKeep, MAX_AGE_MS, recordOf, toEvict } from './rules';
import { shorten } from './shorten';

type Dehydrated = DehydratedState['queries'][number];

/** Writes wait this long for more of them: a burst of changes is written once. */
const GATHER_MS = 3_000;
/** Room is made once in so many writes. */
const WRITES_BETWEEN = 40;
/** Under this name lies when the screen was last known to be true, and what the person was allowed then. */
const LAST_TRUE = '';

interface Parts {
  data: DataContext;
  /** Version of the app: what another wrote is not read. */
  build: string;
  /** False while somebody looks through another role: what they see then is not theirs. */
  isOwnView: () => boolean;
}

/**
 * Keeps what a person has seen of one organisation in this browser, and brings it back when the server cannot be reached.
 * Every query is an entry of its own. While the server answers nothing is read from here, so that nothing old is ever
 * shown over something newer.
 */
export class QueryKeeper {
  readonly #data: DataContext;
  readonly #build: string;
  readonly #isOwnView: () => boolean;
  readonly #queryClient: QueryClient;
  readonly #changed = new Set<string>();
  readonly #refused = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTrue = false;
  #access: string | null = null;
  #writes = 0;

  constructor({ data, build, isOwnView }: Parts) {
    this.#data = data;
    this.#queryClient = data.queryClient;
    this.#build = build;
    this.#isOwnView = isOwnView;
  }

  /** Follows the query cache; returns how to stop. */
  start(): () => void {
    const cache = this.#queryClient.getQueryCache();
    this.#noteAll();
    const stop = cache.subscribe((event) => {
      if (event.type !== 'updated') return;
      const { queryHash, queryKey } = event.query;
      if (!mayKeep(queryKey, this.#data.orgId)) return;
      if (event.action.type === 'success') this.#note(queryHash);
      if (event.action.type === 'error' && isRefusal(event.action.error)) this.#note(queryHash, true);
    });
    const leave = () => {
      if (document.visibilityState === 'hidden') void this.write();
    };
    document.addEventListener('visibilitychange', leave);
    return () => {
      stop();
      document.removeEventListener('visibilitychange', leave);
      clearTimeout(this.#timer);
      void this.write();
    };
  }

  /** Tells whether what is on screen is known to be true at present. */
  set isTrue(isTrue: boolean) {
    this.#isTrue = isTrue;
    this.#writeSoon();
  }

  #noteAll(): void {
    for (const { queryHash, state } of this.#queryClient.getQueryCache().getAll())
      if (state.data !== undefined) this.#note(queryHash);
  }

  #note(hash: string, isRefused = false): void {
    this.#changed.add(hash);
    if (isRefused) this.#refused.add(hash);
    else this.#refused.delete(hash);
    this.#writeSoon();
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => void this.write(), GATHER_MS);
  }

  /** Writes what has changed. Storage that is full or gone costs nothing but the keeping. */
  async write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changed = new Set(this.#changed);
    this.#changed.clear();
    if (!this.#isOwnView()) return;
    const { orgId, userId } = this.#data;
    const entries = dehydrate(this.#queryClient, {
      shouldDehydrateQuery: ({ queryHash, queryKey, state }) =>
        changed.has(queryHash) && mayKeep(queryKey, orgId) && state.status === 'success',
    }).queries.map((query) => this.#toEntry(query));
    try {
      const kept = await openKept(userId);
      if (!kept) return;
      const cache = kept.transaction('cache', 'readwrite').store;
      for (const hash of this.#refused) void cache.delete([orgId, hash]);
      this.#refused.clear();
      for (const entry of entries)
        void (fits(entry.size) ? cache.put(entry) : cache.delete([orgId, entry.hash]));
      if (this.#isTrue) void cache.put(this.#about(LAST_TRUE, Date.now(), this.#access));
      if (this.#writes++ % WRITES_BETWEEN === 0) {
        const all = await cache.getAll(ofOrganization(orgId));
        for (const { hash } of toEvict(all, this.#build, Date.now())) void cache.delete([orgId, hash]);
      }
      await cache.transaction.done;
    } catch {
      // Full: the next start begins with less. Nothing on screen depends on it.
    }
  }

  #toEntry(query: Dehydrated): KeptQuery {
    const data = shorten(query.queryKey, query.state.data);
    const state = { queryKey: query.queryKey, state: { ...query.state, data } };
    return {
      ...this.#about(query.queryHash, query.state.dataUpdatedAt, state),
      size: JSON.stringify(data).length,
    };
  }

  #about(hash: string, at: number, state: unknown): KeptQuery {
    return { orgId: this.#data.orgId, hash, at, build: this.#build, size: 0, state };
  }

  /**
   * Brings back what is kept, where nothing is on screen yet. All of it counts as old: it is fetched again as soon as
   * that can be done.
   *
   * @returns when it was last known to be true, in milliseconds since 1970; null when nothing is kept
   */
  async restore(): Promise<number | null> {
    const { orgId } = this.#data;
    const entries = await this.#entries();
    const usable = entries.filter((entry) => isFresh(entry, this.#build, Date.now()));
    const cache = this.#queryClient.getQueryCache();
    const queries = usable.flatMap(({ hash, state }) =>
      isQuery(state) && mayKeep(state.queryKey, orgId) && cache.get(hash)?.state.data === undefined
        ? [{ ...state, queryHash: hash, dehydratedAt: 0, state: { ...state.state, isInvalidated: true } }]
        : [],
    );
    // Once it is in use it stays as long as any other; until then it must not vanish while there is no network.
    hydrate(this.#queryClient, { queries }, { defaultOptions: { queries: { gcTime: MAX_AGE_MS } } });
    const last = usable.find(({ hash }) => hash === LAST_TRUE)?.at;
    return last ?? (usable.length > 0 ? Math.max(...usable.map(({ at }) => at)) : null);
  }

  /**
   * What this person may do, in words of the server. When it is not what it was, be it that they were away meanwhile, what
   * is kept may be more than they may see now.
   */
  async allow(access: string): Promise<void> {
    this.#access = access;
    const { orgId, userId } = this.#data;
    const kept = await openKept(userId);
    const last = await kept?.get('cache', [orgId, LAST_TRUE]).catch(() => undefined);
    if (!last || last.state === access) return;
    await this.forget();
    this.#noteAll();
  }

  /** What this person may see has changed: only what the server hands out from now on is kept. */
  async forget(): Promise<void> {
    this.#changed.clear();
    const kept = await openKept(this.#data.userId);
    await kept?.delete('cache', ofOrganization(this.#data.orgId)).catch(() => undefined);
  }

  /** A customer has left what this person may see. */
  async forgetRecord(id: string): Promise<void> {
    await this.#forgetRecords((record) => record === id);
  }

  /** Asks the server which of the kept customers may still be seen, and forgets the others. */
  async verify(): Promise<void> {
    const { client, orgId } = this.#data;
    const entries = await this.#entries();
    const ids = [
      ...new Set(entries.flatMap(({ state }) => (isQuery(state) ? (recordOf(state.queryKey) ?? []) : []))),
    ];
    for (let start = 0; start < ids.length; start += 100) {
      const asked = ids.slice(start, start + 100);
      const { data, error } = await client.from('customers').select('id').eq('org_id', orgId).in('id', asked);
      if (error) return;
      const seen = new Set(data.map(({ id }) => id));
      await this.#forgetRecords((id) => asked.includes(id) && !seen.has(id));
    }
  }

  async #entries(): Promise<KeptQuery[]> {
    const { orgId, userId } = this.#data;
    const kept = await openKept(userId);
    return (await kept?.getAll('cache', ofOrganization(orgId)).catch(() => [])) ?? [];
  }

  async #forgetRecords(isGone: (id: string) => boolean): Promise<void> {
    const { orgId, userId } = this.#data;
    const kept = await openKept(userId);
    for (const { hash, state } of await this.#entries()) {
      const record = isQuery(state) ? recordOf(state.queryKey) : null;
      if (record !== null && isGone(record))
        await kept?.delete('cache', [orgId, hash]).catch(() => undefined);
    }
  }
}

const ofOrganization = (orgId: string) => IDBKeyRange.bound([orgId], [orgId, []]);

/** Whether the server said that this may not be seen (any more), rather than nothing. */
function isRefusal(error: unknown): boolean {
  return ['auth', 'forbidden', 'not_found'].includes(toAppError(error).kind);
}

function isQuery(state: unknown): state is Pick<Dehydrated, 'queryKey' | 'state'> {
  return (
    typeof state === 'object' &&
    state !== null &&
    'queryKey' in state &&
    Array.isArray(state.queryKey) &&
    'state' in state
  );
}
