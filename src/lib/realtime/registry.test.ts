import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChannelRegistry, type ChannelClient } from './registry.svelte';
import { topics } from './topics';

/** As much of a channel as the registry uses, with a handle for the test to play the server. */
function fakeChannel(topic: string) {
  const handlers: ((message: { event: string; payload?: unknown }) => void)[] = [];
  let report: (status: string, error?: Error) => void = () => undefined;
  return {
    topic,
    on(kind: string, _filter: unknown, handler: (message: { event: string; payload?: unknown }) => void) {
      if (kind === 'broadcast') handlers.push(handler);
      return this;
    },
    subscribe(callback: typeof report) {
      report = callback;
      return this;
    },
    presenceState: () => ({}),
    send: vi.fn(),
    track: vi.fn(),
    server: {
      status: (status: string, error?: Error) => report(status, error),
      broadcast: (event: string, payload: unknown) =>
        handlers.forEach((handler) => handler({ event, payload })),
    },
  };
}

function fakeClient() {
  const opened: ReturnType<typeof fakeChannel>[] = [];
  const removed: unknown[] = [];
  let connected = true;
  const client = {
    channel: (topic: string) => {
      const channel = fakeChannel(topic);
      opened.push(channel);
      return channel;
    },
    removeChannel: async (channel: unknown) => removed.push(channel),
    connect: () => undefined,
    disconnect: async () => {
      connected = false;
    },
    isConnected: () => connected,
    setAuth: vi.fn(async () => {
      connected = true;
    }),
  };
  return { client: client as unknown as ChannelClient, opened, removed, setAuth: client.setAuth };
}

const topic = topics.user('me');
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('channels', () => {
  it('are opened once for everyone who listens, and left some time after the last has gone', async () => {
    const { client, opened, removed } = fakeClient();
    const registry = new ChannelRegistry(client, 'me');
    const first = registry.listen(topic, {});
    const second = registry.listen(topic, {});
    await settle();
    expect(opened.length).toBe(1);
    first.leave();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(removed.length).toBe(0);
    second.leave();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(removed).toEqual(opened);
  });

  it('survive a page change that leaves and joins at once', async () => {
    const { client, opened, removed } = fakeClient();
    const registry = new ChannelRegistry(client, 'me');
    registry.listen(topic, {}).leave();
    registry.listen(topic, {});
    await vi.advanceTimersByTimeAsync(10_000);
    expect([opened.length, removed.length]).toEqual([1, 0]);
  });

  it('are opened anew, with a fresh token, when the server closes them', async () => {
    const { client, opened, setAuth } = fakeClient();
    const registry = new ChannelRegistry(client, 'me');
    registry.listen(topic, {});
    await settle();
    opened[0]?.server.status('SUBSCRIBED');
    opened[0]?.server.status('CLOSED');
    await vi.advanceTimersByTimeAsync(2_000);
    expect([opened.length, setAuth.mock.calls.length]).toEqual([2, 2]);
  });
});

describe('what is shown as live', () => {
  it('waits for the joining, and for what was missed to be fetched, each time', async () => {
    const { client, opened } = fakeClient();
    const registry = new ChannelRegistry(client, 'me');
    let finish: () => void = () => undefined;
    const catchUp = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    registry.listen(topic, { catchUp });
    await settle();
    expect(registry.status).toBe('catching_up');
    opened[0]?.server.status('SUBSCRIBED');
    expect(registry.status).toBe('catching_up');
    finish();
    await settle();
    expect(registry.status).toBe('live');
    opened[0]?.server.status('CHANNEL_ERROR', new Error('socket closed'));
    expect(registry.status).toBe('catching_up');
    opened[0]?.server.status('SUBSCRIBED');
    finish();
    await settle();
    expect([registry.status, catchUp.mock.calls.length]).toEqual(['live', 2]);
  });

  it('does not wait for a channel that may not be joined', async () => {
    const { client, opened } = fakeClient();
    const registry = new ChannelRegistry(client, 'me');
    registry.listen(topic, {});
    registry.listen(topics.pipeline('org'), {});
    await settle();
    opened[0]?.server.status('SUBSCRIBED');
    opened[1]?.server.status('CHANNEL_ERROR', new Error('Unauthorized: You do not have permissions'));
    expect(registry.status).toBe('live');
  });

  it('is nothing while the network is gone; after it everything is joined anew and presence is told again', async () => {
    const { client, opened, removed } = fakeClient();
    const registry = new ChannelRegistry(client, 'me');
    registry.listen(topics.organization('org'), {}).track({ page: '/pipeline' });
    await settle();
    opened[0]?.server.status('SUBSCRIBED');
    expect(opened[0]?.track).toHaveBeenCalledOnce();
    registry.suspend();
    expect([registry.status, removed.length]).toEqual(['offline', 1]);
    await registry.resume();
    opened[1]?.server.status('SUBSCRIBED');
    expect(opened[1]?.track).toHaveBeenCalledWith({ page: '/pipeline' });
    expect(registry.status).toBe('live');
  });
});

it('when permissions change, every channel is asked for again on the same connection', async () => {
  const { client, opened, removed, setAuth } = fakeClient();
  const registry = new ChannelRegistry(client, 'me');
  registry.listen(topic, {});
  await settle();
  opened[0]?.server.status('SUBSCRIBED');
  registry.rejoin();
  await settle();
  expect([opened.length, removed.length, setAuth.mock.calls.length]).toEqual([2, 1, 2]);
});

it('only events that are understood reach the listeners, and nothing is sent into a channel that is down', async () => {
  const { client, opened } = fakeClient();
  const registry = new ChannelRegistry(client, 'me');
  const event = vi.fn();
  const handle = registry.listen(topic, { event });
  await settle();
  handle.send('hold', {});
  opened[0]?.server.status('SUBSCRIBED');
  handle.send('hold', { x: 1 });
  opened[0]?.server.broadcast('membership_changed', {});
  opened[0]?.server.broadcast('change', { table: 'customers' });
  expect(opened[0]?.send.mock.calls).toEqual([[{ type: 'broadcast', event: 'hold', payload: { x: 1 } }]]);
  expect(event.mock.calls).toEqual([[{ event: 'membership_changed' }]]);
});
