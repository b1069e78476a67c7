import { sequence } from '@sveltejs/kit/hooks';
import { text, type Handle, type HandleServerError, type RequestEvent } from '@sveltejs/kit';
import '$lib/error-words-later';
import { m } from '$lib/paraglide/messages';
import { paraglideMiddleware } from '$lib/paraglide/server';
import { getTextDirection } from '$lib/paraglide/runtime';
import { adminClient } from '$lib/server/admin-client';
import { clientAddress } from '$lib/server/client-address';
import { appEnv } from '$lib/server/env';
import { applySecurityHeaders } from '$lib/server/security-headers';
import { forwardClient, type Client, type NoteSession } from '$lib/server/sign-in/forward-client';
import { readViewAs } from '$lib/server/view-as';
import { toAppError } from '$lib/supabase/errors';
import { viewingAs } from '$lib/supabase/view-as';
import { personIdOf } from '$lib/supabase/session-id';
import { createRequestClient, endedCookieName, readSession, type Session } from '$lib/supabase/server';

/** Gives the request its client; the session is only looked at (and refreshed) by who needs it. */
const session: Handle = async ({ event, resolve }) => {
  const { locals } = event;
  locals.requestId = crypto.randomUUID();
  const viewAs = readViewAs(event);
  const viewedRole = viewAs !== null && viewAs.org === event.params.org ? viewAs.roleId : null;
  locals.supabase = createRequestClient(appEnv(), event, (send) =>
    viewingAs(forwardClient(send, appEnv(), browserOf(event), noteSession), () => viewedRole),
  );
  const ended = event.cookies.get(endedCookieName(event.url));
  let known: Promise<Session | null> | undefined;
  locals.session = () => (known ??= readSession(locals.supabase, ended));
  locals.signedIn = async () => {
    const session = await locals.session();
    return session?.state === 'open' ? session.person : null;
  };

  const response = await resolve(event, {
    // One font file is needed by every page at once; the others wait until their letters appear.
    preload: ({ type, path }) => type === 'js' || type === 'css' || /inter-latin-wght-normal/.test(path),
  });
  applySecurityHeaders(response, {
    backendUrl: appEnv().browserUrl,
    isSecure: event.url.protocol === 'https:',
  });
  // What is seen through another role is nobody's own.
  if (event.isDataRequest && viewedRole === null) await namePerson(response, locals);
  else keepFromCaches(response, known !== undefined);
  return response;
};

function browserOf(event: RequestEvent): Client {
  return {
    address: clientAddress(event),
    userAgent: event.request.headers.get('user-agent'),
    requestId: event.locals.requestId,
  };
}

/** Where a session is used is shown to whom it belongs; nobody's sign-in fails for it. */
const noteSession: NoteSession = async (sessionId, { address, userAgent }) => {
  await adminClient()?.rpc('note_session', {
    session_id: sessionId,
    ...(userAgent !== null && { user_agent: userAgent }),
    ...(address !== null && { client_address: address }),
  });
};

/**
 * Pages show what one person may see: no cache shares them, and the browser asks again. Those made for somebody are not
 * stored at all: going back after signing out must not bring them up.
 */
function keepFromCaches({ headers }: Response, isPersonal: boolean): void {
  if (!headers.get('content-type')?.startsWith('text/html')) return;
  if (isPersonal) headers.set('cache-control', 'private, no-store');
  else if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-cache');
}

/**
 * Tells the service worker in whose session this was answered: it keeps it for that person only. Nothing is decided by
 * it, so the cookie is believed.
 */
async function namePerson({ headers }: Response, { supabase }: App.Locals): Promise<void> {
  const { data } = await supabase.auth.getSession();
  const person = data.session && personIdOf(data.session.access_token);
  if (person) headers.set('x-tandem-person', person);
}

const language: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, ({ request, locale }) => {
    event.request = request;
    return resolve(event, {
      transformPageChunk: ({ html }) => {
        // Only the first line has anything to replace; the rest, up to hundreds of kilobytes, is not searched.
        const end = html.indexOf('<head>');
        if (end < 0) return html;
        const opening = html
          .slice(0, end)
          .replace('%tandem.lang%', locale)
          .replace('%tandem.dir%', getTextDirection(locale))
          .replace('%tandem.shell%', event.route.id === '/auth/shell' ? 'data-shell' : '');
        return opening + html.slice(end);
      },
    });
  });

/**
 * No text of the database can hold a NUL, so nothing is found by one: the address of a page that has one is nobody's
 * link. The API of other systems answers in its own form.
 */
const addressOfText: Handle = ({ event, resolve }) =>
  `${event.url.pathname}${event.url.search}`.includes('%00') && !event.url.pathname.startsWith('/api/')
    ? text(m.error_invalid_value(), { status: 400 })
    : resolve(event);

/**
 * What changes something comes from a page of this origin. SvelteKit sees to that for forms; a page of another port or
 * subdomain can also send a body without a type, cookies included. The API of other systems takes no cookies.
 */
const ownPages: Handle = ({ event, resolve }) => {
  const { method, headers } = event.request;
  const origin = headers.get('origin');
  const isForeign = origin !== null && origin !== event.url.origin;
  return isForeign && !['GET', 'HEAD', 'OPTIONS'].includes(method) && !event.url.pathname.startsWith('/api/')
    ? text('Other sites cannot act here.', { status: 403 })
    : resolve(event);
};

export const handle = sequence(session, language, addressOfText, ownPages);

export const handleError: HandleServerError = ({ error, event, status, message }) => {
  const { requestId } = event.locals;
  if (status === 404) return { message, code: 'page_not_found' };
  // What the framework itself refuses: a method, a size, a kind of body.
  if (status < 500) return { message, code: 'invalid_value' };
  const { kind, code, cause } = toAppError(error);
  const where = { at: new Date().toISOString(), requestId, route: event.route.id, status, kind, code };
  console.error(JSON.stringify(where), cause ?? error);
  return { message: code, code, requestId };
};
