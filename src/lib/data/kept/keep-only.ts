import { openKept, startKeeping } from './database';

interface Organization {
  id: string;
  slug: string;
}

/**
 * Deletes what this browser keeps for anyone but this person, and what it has of organisations that are not theirs (any
 * more). Edits that wait to be sent are the person's own words: they stay until they have been answered.
 *
 * @param asking organisations that show nothing until the second factor is given: what was written there waits for it
 */
export async function keepOnly(
  userId: string,
  organizations: readonly Organization[],
  asking: readonly Organization[],
): Promise<void> {
  await startKeeping(userId);
  const kept = await openKept(userId);
  if (!kept) return;
  const ids = new Set(organizations.map(({ id }) => id));
  const written = new Set([...ids, ...asking.map(({ id }) => id)]);
  const slugs = new Set(organizations.map(({ slug }) => slug));
  const all = kept.transaction(['cache', 'pages', 'notes'], 'readwrite');
  const [cache, pages, notes] = [
    all.objectStore('cache'),
    all.objectStore('pages'),
    all.objectStore('notes'),
  ];
  for (const key of await cache.getAllKeys()) if (!ids.has(key[0])) void cache.delete(key);
  for (const key of await pages.getAllKeys()) if (!slugs.has(key[0])) void pages.delete(key);
  for (const key of await notes.getAllKeys()) if (!written.has(key[0])) void notes.delete(key);
  await all.done;
}
