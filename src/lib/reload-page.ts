import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';
import { untilServerReachable } from './server-reachable';

/**
 * Reads the data of the page again because it has changed elsewhere. Waits for a navigation that is under way: asking at
 * once would call it off, and the person's click with it. Waits for the server as well: data that cannot be read makes
 * SvelteKit leave the page for the server's own, and with it what somebody types there.
 *
 * @param reload what to read again; everything unless said otherwise
 */
export async function reloadPage(reload: () => Promise<void> = invalidateAll): Promise<void> {
  await untilServerReachable();
  while (navigating.complete) await navigating.complete.catch(() => undefined);
  await reload();
}
