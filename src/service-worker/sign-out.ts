import { WAITING } from '$lib/data/kept/waiting-sign-out';
import { forgetEverything } from './kept-person';

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

/** As the sign-in page does it (`supabase/session-tabs.ts`), which is not shown without a network. */
function tellTabs(): void {
  const channel = new BroadcastChannel('tandem-session');
  channel.postMessage('signed-out');
  channel.close();
}
