import type { IncomingMessage } from 'node:http';

const allowedHeaders =
  'authorization, x-client-info, apikey, content-type, prefer, range, accept-profile, content-profile, x-upsert, x-region, x-retry-count, x-supabase-api-version';
const exposedHeaders =
  'content-range, content-location, preference-applied, range-unit, x-total-count, link, retry-after, sb-error-code, x-sb-error-code';

/** Headers that let pages of any origin read the answers, as on a hosted project: keys and tokens decide, not origins. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': exposedHeaders,
};

/** Whether a request asks on behalf of a page if it may send another. */
export function isPreflight(request: IncomingMessage): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
}

export function preflightHeaders(request: IncomingMessage): Record<string, string> {
  return {
    ...corsHeaders,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? allowedHeaders,
    'access-control-max-age': '86400',
    vary: 'Access-Control-Request-Headers',
  };
}
