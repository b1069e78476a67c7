import { error, json, type RequestHandler } from '@sveltejs/kit';

/**
 * Hands the app's own page a short-lived access token for the API; the session itself stays in HttpOnly cookies. Other
 * sites cannot send the extra header without asking first, and are never given permission.
 */
export const GET: RequestHandler = async ({ locals, request }) => {
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
  if (site !== 'same-origin' || request.headers.get('x-tandem') !== 'token') {
    error(403, { message: 'not_allowed', code: 'not_allowed' });
  }
  const noStore = { 'cache-control': 'private, no-store', vary: 'cookie' };
  // Where tokens verify without asking Auth, one outlives its session by up to an hour; no further one is handed out.
  const signedIn = await locals.signedIn();
  const { data } = await locals.supabase.auth.getSession();
  if (!signedIn || !data.session)
    return json({ error: { code: 'session_expired' } }, { status: 401, headers: noStore });

  const { access_token, expires_at } = data.session;
  return json({ access_token, expires_at }, { headers: noStore });
};
