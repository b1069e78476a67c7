/** What a part of the page writes for the database. Ids of edits, and of customers whose notes they are. */
export interface UnsentSource {
  kind: 'edits' | 'notes';
  /** All that this page can judge, whatever the browser has kept of it. */
  known: () => Iterable<string>;
  /** Of those, what the database does not have yet. */
  unsent: () => Iterable<string>;
  /** Brings up to date what the browser keeps of it. */
  settle?: () => Promise<void>;
}

const sources = new Set<UnsentSource>();

/** Lets a sign-out ask before it forgets what this part of the page has not sent. */
export function reportUnsent(source: UnsentSource): () => void {
  sources.add(source);
  return () => void sources.delete(source);
}

/** Has every part of the page bring up to date what the browser keeps. */
export async function settlePage(): Promise<void> {
  await Promise.allSettled([...sources].map(({ settle }) => settle?.()));
}

/** Takes what the browser has kept and corrects it by what the page knows better. */
export function withPage(kind: UnsentSource['kind'], kept: Iterable<string>): ReadonlySet<string> {
  const ids = new Set(kept);
  const own = [...sources].filter((source) => source.kind === kind);
  for (const { known } of own) for (const id of known()) ids.delete(id);
  for (const { unsent } of own) for (const id of unsent()) ids.add(id);
  return ids;
}
