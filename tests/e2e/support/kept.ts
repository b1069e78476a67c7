/** What a browser keeps for the person who uses it. */
import type { Page } from '@playwright/test';

/** Everything in one store of every database of this origin. */
export function kept(page: Page, store: string): Promise<unknown[]> {
  return page.evaluate(async (name) => {
    const found: unknown[] = [];
    for (const { name: database = '' } of await indexedDB.databases()) {
      const opened = await new Promise<IDBDatabase | null>((resolve) => {
        const request = indexedDB.open(database);
        // Emptied between the two questions: looking is not to make it anew.
        request.onupgradeneeded = () => request.transaction?.abort();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(null);
      });
      if (!opened) continue;
      const rows = await new Promise<unknown[]>((resolve, reject) => {
        const request = opened.transaction(name).objectStore(name).getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error('not read'));
      });
      opened.close();
      found.push(...rows);
    }
    return found;
  }, store);
}
