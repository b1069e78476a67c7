import { forgetEverything } from './kept-person';

/** Exists while a sign-out waits for the server. */
const WAITING = 'tandem-sign-out';

/**
 * Signing out empties this browser at once. Without a network the session itself cannot be ended yet: that is done before
 * anything else is asked of the server, whoever uses the browser by then.
 */
export async function signOut({ request }: FetchEvent): Promise<Response> {
  const forgotten = forgetEverything();
  try {
    const response = await fetch(request);
    await forgotten;
    return response;
  } catch {
    await Promise.all([forgotten, caches.open(WAITING)]);
    tellTabs();
    return Response.redirect('/sign-in', 303);
  }
}

/**
 * Ends the session that could not be ended before. Fails like any request when there still is no network.
 *
 * @returns whether there was one: what was asked of the server in the meantime was asked with it
 */
export async function settleSignOut(): Promise<boolean> {
  if (!(await caches.has(WAITING))) return false;
  await fetch('/sign-out', { method: 'POST', redirect: 'manual' });
  return caches.delete(WAITING);
}

/** As the sign-in page does it (`supabase/session-tabs.ts`), which is not shown without a network. */
function tellTabs(): void {
  const channel = new BroadcastChannel('tandem-session');
  channel.postMessage('signed-out');
  channel.close();
}
