import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';

/**
 * Reads the data of the page again because it has changed elsewhere. Waits for a navigation that is under way: asking at
 * once would call it off, and the person's click with it.
 *
 * @param reload what to read again; everything unless said otherwise
 */
export async function reloadPage(reload: () => Promise<void> = invalidateAll): Promise<void> {
  while (navigating.complete) await navigating.complete.catch(() => undefined);
  await reload();
}
