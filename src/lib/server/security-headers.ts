const headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), geolocation=(self), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/**
 * Sets the headers every answer carries. `backendUrl` is added to what the page may connect to when the browser
 * reaches the API on another origin (hosted Supabase).
 */
export function applySecurityHeaders(response: Response, backendUrl: string): void {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  const policy = response.headers.get('content-security-policy');
  if (!policy || backendUrl === 'same-origin') return;
  const origins = `${backendUrl} ${backendUrl.replace(/^http/, 'ws')}`;
  response.headers.set(
    'content-security-policy',
    policy.replace(/connect-src 'self'/, `connect-src 'self' ${origins}`),
  );
}
