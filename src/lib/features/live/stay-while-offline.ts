import { beforeNavigate } from '$app/navigation';
import { toast } from 'svelte-sonner';
import { m } from '$lib/paraglide/messages';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { isServerReachable } from '$lib/server-reachable';

/**
 * Stays on the page while the next one can neither be fetched nor shown as it was: what is on screen is worth more than a
 * page that says it failed. Call it while a component initialises.
 *
 * @param isKept whether this browser can show a page without the server
 * @param goTo goes where the app was about to go, once that can be done
 */
export function stayWhileOffline(
  live: Pick<LiveOrganization, 'status'>,
  isKept: (path: string) => Promise<boolean>,
  goTo: (url: URL) => unknown,
): void {
  let isSure = false;
  beforeNavigate(({ from, to, type, willUnload, delta, cancel }) => {
    if (willUnload || !to || isSure || from?.url.pathname === to.url.pathname) return;
    if (navigator.onLine && live.status !== 'offline') return;
    cancel();
    const isBackHere = type === 'popstate' ? nextStep() : undefined;
    void goWhenPossible(to.url.pathname, async () => {
      if (type === 'popstate') {
        await isBackHere;
        return history.go(delta);
      }
      return goTo(to.url);
    });
  });

  /** The live connection can be down where pages still come through: the server itself is asked. */
  async function goWhenPossible(path: string, go: () => unknown): Promise<void> {
    if (!(await isServerReachable()) && !(await isKept(path))) {
      toast.warning(m.offline_stay());
      return;
    }
    isSure = true;
    try {
      await go();
    } finally {
      setTimeout(() => (isSure = false), 1_000);
    }
  }
}

/**
 * A step through the history that is cancelled has been made already and is made back by another one, which takes a
 * moment. A step asked for before that has arrived is lost.
 */
function nextStep(): Promise<unknown> {
  return new Promise((end) => {
    addEventListener('popstate', end, { once: true });
    setTimeout(end, 500);
  });
}
