/** A short-lived token as `GET /auth/token` hands it out; `expires_at` in seconds since 1970. */
export interface AccessToken {
  access_token: string;
  expires_at: number;
}

/** A token is replaced this long before it ends, so that none expires on its way to the server. */
const marginSeconds = 60;

interface Options {
  /** Asks the app for a token; null when the session has ended. */
  request: () => Promise<AccessToken | null>;
  onSignedOut: () => void;
  now?: () => number;
}

/**
 * Keeps one access token in memory and asks for the next when it is due. Any number of callers at once share a
 * single request; a failed request is not remembered, so the next caller tries again.
 */
export function createAccessTokenSource({ request, onSignedOut, now = Date.now }: Options) {
  let token: AccessToken | null = null;
  let pending: Promise<string | null> | null = null;

  async function refresh(): Promise<string | null> {
    token = await request();
    if (!token) onSignedOut();
    return token?.access_token ?? null;
  }

  return async function accessToken(): Promise<string | null> {
    if (token && token.expires_at - marginSeconds > now() / 1000) return token.access_token;
    pending ??= refresh().finally(() => {
      pending = null;
    });
    return pending;
  };
}
