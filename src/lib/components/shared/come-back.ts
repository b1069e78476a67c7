import { page } from '$app/state';

const AGAIN_MS = 5_000;

/** Whether the page could not be had because a server did not answer, not because something is wrong with it. */
export function isUnreachable(): boolean {
  return page.error?.code === 'unreachable' || (page.status >= 502 && page.status <= 504);
}

/** Opens the page again by itself as soon as it can be had. Call it in an effect; returns how to stop. */
export function comeBack(): () => void {
  const attempt = async () => {
    if (!navigator.onLine) return;
    try {
      const answer = await fetch(location.href, { method: 'HEAD', cache: 'no-store' });
      if (answer.status < 500) location.reload();
    } catch {
      // Not yet.
    }
  };
  const again = () => void attempt();
  const timer = setInterval(again, AGAIN_MS);
  addEventListener('online', again);
  return () => {
    clearInterval(timer);
    removeEventListener('online', again);
  };
}
