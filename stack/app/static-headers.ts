import type { ServerResponse } from 'node:http';

/**
 * What every answer of the app's origin carries until the app says otherwise: files are served before its hooks run. A
 * file that is opened by itself may style itself and do nothing else.
 */
export const staticHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), microphone=(), payment=(), usb=()',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};

/** The service worker fetches in the place of pages, from this origin; what it is served with rules what it may do. */
export const workerHeaders: Readonly<Record<string, string>> = {
  ...staticHeaders,
  'content-security-policy': "default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
};

export function setStaticHeaders(response: ServerResponse, path: string): void {
  const headers = path === '/service-worker.js' ? workerHeaders : staticHeaders;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
