import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';

const PREFIX = 'tandem-';
const VERSION = 1;
/** Other tabs let go of the database when asked; one that hangs does not keep a person waiting. */
const PATIENCE_MS = 3_000;

/** The answer of one query, as it was last known. */
export interface KeptQuery {
  orgId: string;
  /** The query's hash: one entry for each query. */
  hash: string;
  /** When the server gave this answer, in milliseconds since 1970. */
  at: number;
  /** Of the app that wrote it: another one may read it differently. */
  build: string;
  /** In characters of JSON, to keep the whole within bounds. */
  size: number;
  state: unknown;
}

/** An edit that waits to be sent. `position` is given by the store: edits are read in the order they were added. */
export interface KeptEdit {
  position?: number;
  /** The edit's own id, which makes sending it twice harmless. */
  id: string;
  orgId: string;
  edit: unknown;
}

/** The co-edited text of a customer, with what has not reached the server yet. */
export interface KeptNote {
  orgId: string;
  customerId: string;
  note: unknown;
}

/** What the app server said for one part of a page: an organisation's frame, or a page of it. */
export interface KeptPart {
  /** Slug of the organisation. */
  slug: string;
  place: string;
  at: number;
  build: string;
  /** As SvelteKit sends it, never taken apart. */
  node: unknown;
}

interface Kept extends DBSchema {
  cache: { key: [orgId: string, hash: string]; value: KeptQuery };
  pages: { key: [slug: string, place: string]; value: KeptPart };
  outbox: { key: number; value: KeptEdit; indexes: { id: string; org: string } };
  notes: { key: [orgId: string, customerId: string]; value: KeptNote };
}

/** What this browser keeps for one person. */
export type KeptDatabase = IDBPDatabase<Kept>;

/** One connection for each person and page; null where nothing can be kept, or nothing may be kept any more. */
const connections = new Map<string, Promise<KeptDatabase | null>>();

/**
 * Opens what this browser keeps for a person. Everyone on a page shares one connection.
 *
 * @returns null where the browser keeps nothing (private windows, storage refused or full) and, until
 *   {@link startKeeping}, after the person's data was deleted: a tab that is late must not write it back. The app works
 *   without.
 */
export function openKept(userId: string): Promise<KeptDatabase | null> {
  const known = connections.get(userId);
  if (known) return known;
  const opening = open(userId, {
    onTakenAway: () => connections.set(userId, Promise.resolve(null)),
    // The browser has taken the storage away: the next caller tries again.
    onTerminated: () => connections.delete(userId),
  });
  connections.set(userId, opening);
  return opening;
}

/** Works with what is kept for a person and lets go of it at once; undefined where nothing can be kept. */
export async function withKept<Result>(
  userId: string,
  work: (kept: KeptDatabase) => Promise<Result>,
): Promise<Result | undefined> {
  const kept = await open(userId);
  if (!kept) return undefined;
  try {
    return await work(kept);
  } finally {
    kept.close();
  }
}

interface Listeners {
  /** Another tab deletes the database or brings a newer one: this page is done with it. */
  onTakenAway?: () => void;
  onTerminated?: () => void;
}

async function open(
  userId: string,
  { onTakenAway, onTerminated }: Listeners = {},
): Promise<KeptDatabase | null> {
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<null>();
  try {
    const opening = openDB<Kept>(PREFIX + userId, VERSION, {
      upgrade: createStores,
      // Another tab runs an older app and does not let go: this one works without until it is reloaded.
      blocked: () => setTimeout(() => giveUp(null), PATIENCE_MS),
      blocking(_current, _next, event) {
        onTakenAway?.();
        if (event.target instanceof IDBDatabase) event.target.close();
      },
      terminated: () => onTerminated?.(),
    });
    const kept = await Promise.race([opening, gaveUp]);
    if (!kept) void opening.then((late) => late.close()).catch(() => undefined);
    return kept;
  } catch {
    return null;
  }
}

function createStores(kept: IDBPDatabase<Kept>): void {
  kept.createObjectStore('cache', { keyPath: ['orgId', 'hash'] });
  kept.createObjectStore('pages', { keyPath: ['slug', 'place'] });
  const outbox = kept.createObjectStore('outbox', { keyPath: 'position', autoIncrement: true });
  outbox.createIndex('id', 'id', { unique: true });
  outbox.createIndex('org', 'orgId');
  kept.createObjectStore('notes', { keyPath: ['orgId', 'customerId'] });
}

/** Begins to keep things for the person whom a page is shown to; whatever is there of anyone else is deleted. */
export async function startKeeping(userId: string): Promise<void> {
  const known = connections.get(userId);
  if (known && !(await known)) connections.delete(userId);
  await forgetOthers(userId);
}

/**
 * Deletes what this browser keeps: for one person, or for everyone. Open tabs let go of it and keep nothing more until
 * they are loaded again. Never fails, and waits a few seconds at most.
 */
export async function forgetKept(userId?: string): Promise<void> {
  await Promise.all((await keptPeople()).filter((id) => userId === undefined || id === userId).map(remove));
}

/** Deletes what this browser keeps for anyone else: whoever signs in finds nothing of those before them. */
export async function forgetOthers(userId: string): Promise<void> {
  await Promise.all((await keptPeople()).filter((id) => id !== userId).map(remove));
}

/**
 * Deletes everything read from the server, for everyone. What has not been sent stays for the same person: their session
 * has run out, which is no reason to lose their work.
 */
export async function forgetReads(): Promise<void> {
  await Promise.all(
    (await keptPeople()).map(async (id) => {
      const clear = (kept: KeptDatabase) => Promise.all([kept.clear('cache'), kept.clear('pages')]);
      await withKept(id, clear).catch(() => undefined);
    }),
  );
}

/** The people for whom this browser keeps something. */
export async function keptPeople(): Promise<string[]> {
  try {
    const databases = await indexedDB.databases();
    return databases.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
  } catch {
    return [];
  }
}

async function remove(userId: string): Promise<void> {
  const connection = connections.get(userId);
  connections.set(userId, Promise.resolve(null));
  (await connection)?.close();
  const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([deleteDB(PREFIX + userId).catch(() => undefined), patience]);
}
