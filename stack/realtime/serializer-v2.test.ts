import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedFrame } from './messages.ts';
import { serializerV1 } from './serializer-v1.ts';
import { encodeBroadcast, serializerV2 } from './serializer-v2.ts';

/** Texts whose UTF-8 form fits the one-byte sizes of binary headers. */
const shortText = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .filter((text) => Buffer.byteLength(text) <= 255);
const ref = fc.option(fc.string({ minLength: 1 }), { nil: null });
const message = fc.record({
  joinRef: ref,
  ref,
  topic: fc.string({ unit: 'grapheme' }),
  event: fc.string({ unit: 'grapheme' }),
  payload: fc.jsonValue(),
});

/** As the official client encodes a broadcast. */
function broadcastPush(fields: readonly string[], encoding: number, body: Uint8Array): Buffer {
  const texts = fields.map((field) => Buffer.from(field));
  return Buffer.concat([Buffer.from([3, ...texts.map(({ length }) => length), encoding]), ...texts, body]);
}

describe('serializer of protocol 2.0.0', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const { kind, ...read } = serializerV2.decode(Buffer.from(serializerV2.encode(sent)), false);
        expect(kind).toBe('event');
        expect(read).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
    );
  });

  it('reads every field of a binary broadcast and leaves its payload as it came', () => {
    fc.assert(
      fc.property(
        fc.tuple(shortText, shortText, shortText, shortText, shortText),
        fc.uint8Array(),
        ([joinRef, pushRef, topic, event, meta], body) => {
          const frame = broadcastPush([joinRef, pushRef, topic, event, meta], 0, body);
          expect(serializerV2.decode(frame, true)).toEqual({
            kind: 'broadcast',
            joinRef: joinRef || null,
            ref: pushRef || null,
            topic,
            userEvent: event,
            encoding: 'binary',
            body: Buffer.from(body),
          });
        },
      ),
    );
  });

  it('writes broadcasts that the layout of the protocol takes apart again', () => {
    fc.assert(
      fc.property(shortText, shortText, shortText, fc.uint8Array(), (topic, event, meta, body) => {
        const frame = encodeBroadcast(topic, event, meta, 'json', Buffer.from(body));
        if (!frame) throw new Error('It should have fitted.');
        const sizes = [...frame.subarray(1, 4)];
        let offset = 5;
        const texts = sizes.map((size) => frame.toString('utf8', offset, (offset += size)));
        expect([frame[0], frame[4], ...texts]).toEqual([4, 1, topic, event, meta]);
        expect(frame.subarray(offset)).toEqual(Buffer.from(body));
      }),
    );
  });

  it('cannot put names of more than 255 bytes into a binary header', () => {
    expect(encodeBroadcast('ü'.repeat(128), 'e', '', 'json', Buffer.alloc(0))).toBeNull();
  });

  it('drops anything else as malformed, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isBinary) => {
        for (const serializer of [serializerV1, serializerV2]) {
          try {
            expect(serializer.decode(Buffer.from(bytes), isBinary)).toHaveProperty('topic');
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedFrame);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('serializer of protocol 1.0.0', () => {
  it('reads back what it writes, but for the join reference it has no place for', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const read = serializerV1.decode(Buffer.from(serializerV1.encode(sent)), false);
        expect(read).toEqual({ kind: 'event', ...JSON.parse(JSON.stringify(sent)), joinRef: null });
      }),
    );
  });
});
