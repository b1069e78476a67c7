/** What the interface says about itself. */
export type ConnectionStatus = 'live' | 'catching_up' | 'offline';

export type ChannelState = 'joining' | 'joined' | 'errored' | 'denied';

export interface ConnectionFacts {
  /** False when the browser has no network, or the registry has hung up. */
  online: boolean;
  /** The socket is open. */
  connected: boolean;
  channels: Iterable<ChannelState>;
  /** Refetches after a (re)subscription that have not finished. */
  catchingUp: number;
}

/**
 * Live only when everything wanted is joined and everything missed has been fetched. A channel that may not be joined
 * is not waited for: what it carries may not be shown either.
 */
export function connectionStatus({
  online,
  connected,
  channels,
  catchingUp,
}: ConnectionFacts): ConnectionStatus {
  if (!online) return 'offline';
  const states = [...channels].filter((state) => state !== 'denied');
  if (!connected && states.includes('errored')) return 'offline';
  if (catchingUp > 0 || states.some((state) => state !== 'joined')) return 'catching_up';
  return 'live';
}
