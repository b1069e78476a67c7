import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FramedBroadcast, TextBroadcast } from './broadcast.ts';
import { wireFrame } from './wire-frame.ts';

/** Payload of a WebSocket frame, checked to be the whole frame. */
function unframe(frame: Buffer | null): { opcode: number; payload: Buffer } {
  if (!frame) throw new Error('There is no frame.');
  const [first = 0, second = 0] = frame;
  const extended = second === 126 ? 2 : second === 127 ? 8 : 0;
  const length =
    extended === 2 ? frame.readUInt16BE(2) : extended === 8 ? Number(frame.readBigUInt64BE(2)) : second;
  const payload = frame.subarray(2 + extended);
  expect(payload).toHaveLength(length);
  expect(first & 0x80).toBe(0x80);
  return { opcode: first & 0x0f, payload };
}

const json = (frame: Buffer | null): unknown => JSON.parse(unframe(frame).payload.toString());

describe('a WebSocket frame', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('states its length of %i bytes', (length) => {
    expect(unframe(wireFrame(Buffer.alloc(length, 7), 'binary'))).toEqual({
      opcode: 2,
      payload: Buffer.alloc(length, 7),
    });
  });
});

describe('a framed broadcast', () => {
  it('says the same to receivers of both versions', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.jsonValue(), (event, payload) => {
        const body = Buffer.from(JSON.stringify(payload));
        const broadcast = new FramedBroadcast('realtime:t', event, 'json', body, { id: 'i' });
        const message = { type: 'broadcast', event, payload: JSON.parse(body.toString()), meta: { id: 'i' } };
        expect(json(broadcast.frame('1.0.0'))).toEqual({
          topic: 'realtime:t',
          event: 'broadcast',
          ref: null,
          payload: message,
        });
      }),
    );
  });

  it('goes as text when its names are too long for a binary header', () => {
    const event = 'e'.repeat(300);
    const broadcast = new FramedBroadcast('realtime:t', event, 'json', Buffer.from('{"a":1}'));
    expect(json(broadcast.frame('2.0.0'))).toEqual([
      null,
      null,
      'realtime:t',
      'broadcast',
      { type: 'broadcast', event, payload: { a: 1 } },
    ]);
    expect(new FramedBroadcast('realtime:t', event, 'binary', Buffer.alloc(1)).frame('2.0.0')).toBeNull();
  });

  it('has no form of protocol 1.0.0 when binary', () => {
    const broadcast = new FramedBroadcast('realtime:t', 'e', 'binary', Buffer.from([1]));
    expect(broadcast.frame('1.0.0')).toBeNull();
    expect(unframe(broadcast.frame('2.0.0')).opcode).toBe(2);
  });

  it('is encoded once', () => {
    const broadcast = new TextBroadcast('realtime:t', { event: 'e', payload: {} });
    expect(broadcast.frame('2.0.0')).toBe(broadcast.frame('2.0.0'));
  });
});
