import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { broadcastsOf, joined } from './channels.ts';
import { useRealtime } from './use-realtime.ts';

const { server } = useRealtime({ limits: { maxPayloadBytes: 10_000 } });

const versions = ['1.0.0', '2.0.0'] as const;

describe.each(versions)('broadcasts sent by protocol %s', (senderVersion) => {
  it.each(versions)('reach receivers of protocol %s, but not their sender', async (receiverVersion) => {
    const topic = randomUUID();
    const sender = server.client({ vsn: senderVersion }).channel(topic);
    const receiver = server.client({ vsn: receiverVersion }).channel(topic);
    const own = broadcastsOf(sender);
    const received = broadcastsOf(receiver, 'cursor');
    await Promise.all([joined(sender), joined(receiver)]);

    await sender.send({ type: 'broadcast', event: 'cursor', payload: { x: 1, name: 'Zoë 🎈' } });
    await sender.send({ type: 'broadcast', event: 'cursor', payload: { x: 2 } });

    await received.count(2);
    expect(received.values).toEqual([
      { type: 'broadcast', event: 'cursor', payload: { x: 1, name: 'Zoë 🎈' } },
      { type: 'broadcast', event: 'cursor', payload: { x: 2 } },
    ]);
    expect(own.values).toEqual([]);
  });

  it('come back to the sender with self, and are acknowledged with ack', async () => {
    const channel = server
      .client({ vsn: senderVersion })
      .channel(randomUUID(), { config: { broadcast: { self: true, ack: true } } });
    const received = broadcastsOf(channel);
    await joined(channel);
    expect(await channel.send({ type: 'broadcast', event: 'mine', payload: { n: 1 } })).toBe('ok');
    await received.find(({ event }) => event === 'mine');
  });

  it('are refused with an answer when too large and acknowledged', async () => {
    const channel = server
      .client({ vsn: senderVersion })
      .channel(randomUUID(), { config: { broadcast: { ack: true } } });
    await joined(channel);
    const payload = { text: 'x'.repeat(20_000) };
    expect(await channel.send({ type: 'broadcast', event: 'large', payload })).toBe('error');
    expect(await channel.send({ type: 'broadcast', event: 'small', payload: {} })).toBe('ok');
  });
});
