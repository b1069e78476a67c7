import { version } from '$service-worker';
import { withKept } from '$lib/data/kept/database';
import { keptPage } from '$lib/data/kept/page-parts';
import { isFresh } from '$lib/data/kept/rules';
import { settleSignOut } from '$lib/data/kept/waiting-sign-out';
import { shell } from './assets';
import { forgetSession, keptPerson } from './kept-person';
import { isDown, withinPatience } from './patience';

/**
 * A page of the app: always the server's, unless that cannot be reached. Then the empty page starts the app at the same
 * address; whether there is something to show is found out there.
 */
export async function answerPage(event: FetchEvent, url: URL): Promise<Response> {
  const network = fetchPage(event);
  const inTime = await withinPatience(network);
  if (inTime && !isDown(inTime)) return inTime;
  const last = url.pathname === '/' ? await lastPage() : null;
  if (last) return Response.redirect(last, 302);
  // Slow is better than a page that could not show anything.
  const isWorthIt = inTime !== null || (await hasFailed(network)) || keptPage(url.pathname) !== null;
  return (isWorthIt && (await shell())) || network;
}

async function fetchPage(event: FetchEvent): Promise<Response> {
  const end = () => fetch('/sign-out', { method: 'POST', redirect: 'manual' });
  const early = (await settleSignOut(caches, end)) ? undefined : event.preloadResponse;
  const fetched = Promise.resolve(early).then((response) => response ?? fetch(event.request));
  return new URL(event.request.url).pathname === '/sign-in' ? watchSignIn(event, fetched) : fetched;
}

/** Whoever is shown the sign-in has no session. */
export async function watchSignIn(event: FetchEvent, fetched: Promise<Response>): Promise<Response> {
  const response = await fetched;
  const isShown = response.ok && !(await leadsElsewhere(response));
  if (isShown) event.waitUntil(forgetSession());
  return response;
}

/** Asked for by the running app, an answer that leads elsewhere says so in its text. */
async function leadsElsewhere(response: Response): Promise<boolean> {
  if (!response.headers.get('content-type')?.includes('json')) return false;
  const answer: unknown = await response.clone().json();
  return typeof answer === 'object' && answer !== null && 'type' in answer && answer.type === 'redirect';
}

async function hasFailed(network: Promise<Response>): Promise<boolean> {
  const pending = Symbol();
  try {
    await Promise.race([network, Promise.resolve(pending)]);
    return false;
  } catch {
    return true;
  }
}

/** The page that was opened last, of those that can be shown. */
async function lastPage(): Promise<string | null> {
  const person = await keptPerson();
  const parts = person === null ? undefined : await withKept(person, (kept) => kept.getAll('pages'));
  const pages = (parts ?? []).filter((part) => keptPage(part.place) && isFresh(part, version, Date.now()));
  return pages.sort((a, b) => b.at - a.at)[0]?.place ?? null;
}
