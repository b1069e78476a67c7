import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';
import { untilServerReachable } from './server-reachable';

/** How many are reading the page's data again. */
let reloading = 0;

/**
 * Reads the data of the page again because it has changed elsewhere. Waits for a navigation that is under way: asking at
 * once would call it off, and the person's click with it. Waits for the server as well.
 *
 * @param reload what to read again; everything unless said otherwise
 */
export async function reloadPage(reload: () => Promise<void> = invalidateAll): Promise<void> {
  await untilServerReachable();
  while (navigating.complete) await navigating.complete.catch(() => undefined);
  reloading++;
  try {
    await reload();
  } finally {
    reloading--;
  }
}

/**
 * Wraps `fetch`, by which SvelteKit asks for the data of a page. What fails while the page on screen is read again is asked
 * for until the server answers: SvelteKit would put an error in the place of the page, and of what somebody types there.
 * Whoever goes to another page is told at once.
 */
export function patientFetch(ask: typeof fetch): typeof fetch {
  return async (input, init) => {
    if (reloading === 0 || !isOfThisPage(input)) return await ask(input, init);
    for (;;) {
      try {
        const response = await ask(input, init);
        // To its end: it can break off there as well.
        const body = await response.arrayBuffer();
        if (response.status < 502) return new Response(body.byteLength > 0 ? body : null, response);
      } catch {
        // The same as no answer.
      }
      await untilServerReachable();
    }
  };
}

function isOfThisPage(input: RequestInfo | URL): boolean {
  const { pathname, origin } = new URL(input instanceof Request ? input.url : input, location.href);
  return origin === location.origin && pathname === `${location.pathname.replace(/\/$/, '')}/__data.json`;
}
