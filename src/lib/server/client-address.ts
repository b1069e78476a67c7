import type { RequestEvent } from '@sveltejs/kit';
import { dev } from '$app/environment';

/** Where a request comes from, as the server's adapter knows it (`ADDRESS_HEADER` behind a proxy); null when it does not. */
export function clientAddress(event: Pick<RequestEvent, 'getClientAddress' | 'request'>): string | null {
  // Vite knows the connection only; the local stack, which always sets this header itself, knows more.
  const known = dev ? event.request.headers.get('x-tandem-address') : null;
  if (known) return known;
  try {
    return event.getClientAddress();
  } catch {
    // The adapter throws when the header that the proxy was to set is missing.
    return null;
  }
}
