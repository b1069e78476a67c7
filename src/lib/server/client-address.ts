import type { RequestEvent } from '@sveltejs/kit';

/** Where a request comes from, as the server's adapter knows it (`ADDRESS_HEADER` behind a proxy); null when it does not. */
export function clientAddress(event: Pick<RequestEvent, 'getClientAddress'>): string | null {
  try {
    return event.getClientAddress();
  } catch {
    // The adapter throws when the header that the proxy was to set is missing.
    return null;
  }
}
