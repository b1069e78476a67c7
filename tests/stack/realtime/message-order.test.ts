import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keys } from './harness.ts';
import { RawSocket } from './raw-socket.ts';
import { useRealtime } from './use-realtime.ts';

const { server } = useRealtime();

const openV2 = () => RawSocket.open(server.url, `apikey=${keys.publishable}&vsn=2.0.0`);
const newTopic = () => `realtime:${randomUUID()}`;

describe('messages at the wrong time', () => {
  it('to a topic that was never joined are answered as unmatched', async () => {
    const socket = await openV2();
    socket.push('1', '1', newTopic(), 'broadcast', { event: 'e' });
    expect(await socket.reply('1')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    socket.push('1', '2', newTopic(), 'phx_leave');
    expect(await socket.reply('2')).toEqual({ status: 'ok', response: {} });
    socket.push('1', '3', 'other:topic', 'phx_join');
    expect(await socket.reply('3')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    socket.push('1', '4', 'realtime:', 'phx_join');
    expect(await socket.reply('4')).toEqual({
      status: 'error',
      response: { reason: 'TopicNameRequired: You must provide a topic name' },
    });
    socket.close();
  });

  it('with a join reference of before are ignored', async () => {
    const topic = newTopic();
    const socket = await openV2();
    socket.push('1', '1', topic, 'phx_join', { config: { broadcast: { ack: true } } });
    await socket.reply('1');
    socket.push('0', '2', topic, 'broadcast', { event: 'stale', payload: {} });
    socket.push(null, '3', topic, 'broadcast', { event: 'current', payload: {} });
    await socket.reply('3');
    expect(socket.frames.values.some((frame) => 'ref' in frame && frame.ref === '2')).toBe(false);
    socket.close();
  });

  it('a second join closes the first and takes its place', async () => {
    const topic = newTopic();
    const socket = await openV2();
    socket.push('1', '1', topic, 'phx_join');
    socket.push('2', '2', topic, 'phx_join');
    await socket.reply('2');
    socket.push('2', '3', topic, 'phx_leave');
    await socket.reply('3');
    await socket.frames.count(5);
    expect(socket.frames.values).toEqual([
      {
        joinRef: '1',
        ref: '1',
        topic,
        event: 'phx_reply',
        payload: { status: 'ok', response: { postgres_changes: [] } },
      },
      { joinRef: '1', ref: '1', topic, event: 'phx_close', payload: {} },
      {
        joinRef: '2',
        ref: '2',
        topic,
        event: 'phx_reply',
        payload: { status: 'ok', response: { postgres_changes: [] } },
      },
      { joinRef: '2', ref: '3', topic, event: 'phx_reply', payload: { status: 'ok', response: {} } },
      { joinRef: '2', ref: '2', topic, event: 'phx_close', payload: {} },
    ]);
    socket.close();
  });

  it('queue behind the join they depend on', async () => {
    const topic = newTopic();
    const socket = await openV2();
    socket.push('1', '1', topic, 'phx_join', { config: { broadcast: { ack: true, self: true } } });
    for (let n = 2; n < 300; n++) socket.push('1', String(n), topic, 'broadcast', { event: 'e', payload: n });
    expect(await socket.reply('299')).toEqual({ status: 'ok', response: {} });
    socket.close();
  });
});
