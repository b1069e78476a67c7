import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** How the address of a client is found behind a proxy, as SvelteKit's Node adapter is told it. */
export interface AddressRule {
  /** Header that the proxy sets, lower case; undefined without a proxy. */
  header: string | undefined;
  /** For `x-forwarded-for`: which entry counted from the right is the client, one for each trusted proxy. */
  depth: number;
}

/** Reads `ADDRESS_HEADER` and `XFF_DEPTH`. */
export function addressRule(environment: Record<string, string | undefined>): AddressRule {
  const depth = Number(environment['XFF_DEPTH'] ?? 1);
  return {
    header: environment['ADDRESS_HEADER']?.toLowerCase() || undefined,
    depth: Number.isInteger(depth) && depth > 0 ? depth : 1,
  };
}

/**
 * The address a request comes from. Headers count only where a proxy was declared, and of a list only the entry that the
 * outermost trusted proxy wrote: everything to its left is what the client claims. Without a usable entry it is the
 * address at the other end of the connection.
 */
export function clientAddress(request: IncomingMessage, rule: AddressRule): string {
  const peer = plainAddress(request.socket.remoteAddress ?? '');
  if (rule.header === undefined) return peer;
  const given = request.headers[rule.header];
  const entries = (Array.isArray(given) ? given.join(',') : (given ?? ''))
    .split(',')
    .map((entry) => entry.trim());
  const entry = rule.header === 'x-forwarded-for' ? entries.at(-rule.depth) : entries[0];
  return entry !== undefined && isIP(plainAddress(entry)) !== 0 ? plainAddress(entry) : peer;
}

/** `::ffff:192.0.2.1` is how a server that listens on both families reports 192.0.2.1. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** What limits count as one client: an IPv4 address, or the 64-bit network that an IPv6 customer has to themselves. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
