const headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), geolocation=(self), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** For answers that are no pages of ours (the API, files, redirects): shown on their own, they may do nothing. */
const withoutPage = "default-src 'none'; frame-ancestors 'none'";

/** A year, as browsers' lists of such sites ask. Other names under the same domain are not ours to decide about. */
const transportSecurity = 'max-age=31536000';

interface Circumstances {
  /**
   * Added to what the page may connect to when the browser reaches the API on another origin (hosted Supabase);
   * `same-origin` otherwise.
   */
  backendUrl: string;
  /** The request came over TLS: the browser is told never to come without. */
  isSecure: boolean;
}

/** Sets the headers every answer of the app carries; pages bring their content policy, with its nonce, along. */
export function applySecurityHeaders(response: Response, { backendUrl, isSecure }: Circumstances): void {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  if (isSecure) response.headers.set('strict-transport-security', transportSecurity);
  const policy = response.headers.get('content-security-policy');
  if (!policy) return response.headers.set('content-security-policy', withoutPage);
  if (backendUrl === 'same-origin') return;
  const origins = `${backendUrl} ${backendUrl.replace(/^http/, 'ws')}`;
  response.headers.set(
    'content-security-policy',
    policy.replace(/connect-src 'self'/, `connect-src 'self' ${origins}`),
  );
}
