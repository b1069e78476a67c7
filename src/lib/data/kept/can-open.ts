import { openKept } from './database';
import { keptPage } from './page-parts';
import { isFresh } from './rules';

/** Whether the page at this path can be opened without the server: it has been before, and the worker is there. */
export async function canOpenKept(userId: string, path: string, build: string): Promise<boolean> {
  const page = keptPage(path);
  if (!page || !navigator.serviceWorker?.controller) return false;
  const kept = await openKept(userId);
  const part = await kept?.get('pages', [page.slug, page.path]).catch(() => undefined);
  return part !== undefined && isFresh(part, build, Date.now());
}
