/** What the browser may keep of what a person has seen, and for how long. Pure, so that it can be tested as such. */

/** After this long without a look from the server nothing is shown any more. */
export const MAX_AGE_MS = 7 * 24 * 60 * 60_000;
const MAX_ENTRIES = 500;
/** In characters of JSON, for one organisation. */
const MAX_SIZE = 10_000_000;
const MAX_ENTRY_SIZE = 1_000_000;

/**
 * The kinds of queries that are kept: what daily work needs. Not here: the audit trail, search, invitations, roles,
 * keys, and why somebody may see something.
 */
const KEPT_KINDS = new Map<string, readonly string[]>(
  Object.entries({
    customers: ['column', 'summary', 'detail'],
    interactions: ['timeline'],
    labels: ['client-types', 'specialties'],
    members: ['list'],
    notifications: ['list', 'unread'],
    products: ['list', 'limit'],
    territories: ['named', 'detail'],
  }),
);

/** Whether the answer to a query of this organisation may be kept. */
export function mayKeep(queryKey: readonly unknown[], orgId: string): boolean {
  const [entity, org, kind, ...rest] = queryKey;
  if (org !== orgId || typeof entity !== 'string' || typeof kind !== 'string') return false;
  // What was typed into a search is nobody's daily work, and there is no end of it.
  return (KEPT_KINDS.get(entity)?.includes(kind) ?? false) && !rest.some(isSearch);
}

function isSearch(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'text' in part && part.text !== '';
}

interface Dated {
  at: number;
  build: string;
}

/** Whether something kept may be shown: another build of the app may read it differently. */
export function isFresh({ at, build }: Dated, currentBuild: string, now: number): boolean {
  return build === currentBuild && at <= now && now - at <= MAX_AGE_MS;
}

export const fits = (size: number): boolean => size <= MAX_ENTRY_SIZE;

interface Entry extends Dated {
  hash: string;
  size: number;
}

/** What has to go: the old, what another build wrote, and the oldest of what is too much. */
export function toEvict<Kept extends Entry>(entries: readonly Kept[], build: string, now: number): Kept[] {
  let size = 0;
  let count = 0;
  return [...entries]
    .sort((a, b) => b.at - a.at)
    .filter((entry) => {
      if (!isFresh(entry, build, now)) return true;
      size += entry.size;
      count += 1;
      return size > MAX_SIZE || count > MAX_ENTRIES;
    });
}

/** The customer that a kept query is about, for those that are about one. */
export function recordOf(queryKey: readonly unknown[]): string | null {
  const [entity, , kind, id] = queryKey;
  const isRecord =
    (entity === 'customers' && kind === 'detail') || (entity === 'interactions' && kind === 'timeline');
  return isRecord && typeof id === 'string' ? id : null;
}
