import type { IncomingMessage } from 'node:http';

/** Whether a name or an address, an IPv6 one without brackets, leads to this machine only. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '::1' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Whether a request may reach a page for administrators on loopback. A web page elsewhere can make a browser send
 * requests to loopback: under a name of its own that it has pointed there (DNS rebinding), which the `Host` header
 * betrays, or under ours, which `Origin` and `Sec-Fetch-Site` betray.
 *
 * @returns undefined when it may, else the reason in words.
 */
export function refusalOfForeignRequest(request: IncomingMessage, port: number): string | undefined {
  const host = (request.headers.host ?? '').toLowerCase();
  const separator = host.lastIndexOf(':');
  const name = separator > 0 && !host.endsWith(']') ? host.slice(0, separator) : host;
  const givenPort = separator > 0 && !host.endsWith(']') ? host.slice(separator + 1) : '80';
  if (!loopbackNames.has(name) || givenPort !== String(port)) {
    return `this address answers only to http://127.0.0.1:${port}`;
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return 'requests from other origins are refused';
  const site = request.headers['sec-fetch-site'];
  const isVisit = request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisit) {
    return 'requests from other sites are refused';
  }
  return undefined;
}
