import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { broadcastsOf, joined } from './channels.ts';
import { keys } from './harness.ts';
import { broadcastPush, RawSocket } from './raw-socket.ts';
import { useRealtime } from './use-realtime.ts';

const { server } = useRealtime({ limits: { maxFrameBytes: 100_000 } });

const openV2 = () => RawSocket.open(server.url, `apikey=${keys.publishable}&vsn=2.0.0`);
const openV1 = () => RawSocket.open(server.url, `apikey=${keys.publishable}`);
const newTopic = () => `realtime:${randomUUID()}`;

describe('malformed frames', () => {
  const header = (...bytes: number[]) => Buffer.from(bytes);

  it.each<[string, string | Buffer]>([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a number', '1'],
    ['null', 'null'],
    ['an object', '{"topic":"phoenix"}'],
    ['a short list', '["1","1","phoenix"]'],
    ['names that are no texts', '["1","1",{},[],{}]'],
    ['references that are objects', '[{},[],"phoenix","heartbeat",{}]'],
    ['deep nesting', `["1","1","realtime:x","broadcast",${'['.repeat(20_000)}${']'.repeat(20_000)}]`],
    ['an empty binary frame', Buffer.alloc(0)],
    ['an unknown kind', header(77, 1, 2, 3)],
    ['a header without its texts', header(3, 255, 255, 255, 255, 255, 1)],
    ['half a header', header(3, 1)],
    ['an unknown encoding', broadcastPush({ topic: 'realtime:x', encoding: 9 }, '{}')],
    ['a payload that is not the JSON it says', broadcastPush({ topic: 'realtime:x' }, '{"a":')],
    ['a generic push', Buffer.concat([header(0, 1, 1, 7, 9), Buffer.from('11phoenixheartbeat')])],
  ])('with %s are dropped and the socket lives', async (_, frame) => {
    const socket = await openV2();
    socket.send(frame);
    await socket.heartbeat();
    socket.close();
  });

  it('of protocol 1.0.0 are dropped and the socket lives', async () => {
    const socket = await openV1();
    for (const frame of ['[]', '{"topic":1,"event":2}', '{}', Buffer.from([3, 0, 0])]) socket.send(frame);
    socket.send('{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}');
    expect(await socket.reply('1')).toEqual({ status: 'ok', response: {} });
    socket.close();
  });

  it('never reach a listener', async () => {
    const topic = newTopic();
    const listener = server.client().channel(topic.slice('realtime:'.length));
    const heard = broadcastsOf(listener);
    await joined(listener);
    const socket = await openV2();
    socket.push('1', '1', topic, 'phx_join', {});
    await socket.reply('1');
    socket.send(broadcastPush({ topic }, '{"a":'));
    socket.push('1', '2', topic, 'broadcast', { type: 'broadcast', event: 5, payload: {} });
    socket.push('1', '3', topic, 'broadcast', 'text');
    socket.push('1', '4', topic, 'phx_unknown', {});
    socket.send(broadcastPush({ topic, event: 'fine', meta: '{"unknown":true}' }, '{}'));
    await heard.count(1);
    expect(heard.values.map(({ event }) => event)).toEqual(['fine']);
    socket.close();
  });

  it('larger than the limit end their socket and no other', async () => {
    const [offender, bystander] = [await openV2(), await openV2()];
    offender.send('x'.repeat(200_000));
    expect((await offender.closed).code).toBe(1009);
    await bystander.heartbeat();
    bystander.close();
  });
});

describe('joins with unusable payloads', () => {
  it.each<[string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['a config of the wrong type', { config: 'x' }],
    [
      'parts of the wrong type',
      { config: { broadcast: 1, presence: [], private: {}, postgres_changes: {} } },
    ],
    ['nulls where bindings could be', { config: { postgres_changes: [null, null] } }],
    ['a token of the wrong type', { access_token: 5 }],
  ])('such as %s are taken with defaults', async (_, payload) => {
    const socket = await openV2();
    socket.push('1', '1', newTopic(), 'phx_join', payload);
    expect(await socket.reply('1')).toEqual({ status: 'ok', response: { postgres_changes: [] } });
    socket.close();
  });

  it('read booleans written as texts', async () => {
    const socket = await openV2();
    socket.push('1', '1', newTopic(), 'phx_join', { config: { private: 'TRUE' } });
    expect(await socket.reply('1')).toMatchObject({ status: 'error' });
    socket.close();
  });
});

describe('whatever is sent', () => {
  const topic = fc.constantFrom('realtime:fuzz', 'realtime:', 'phoenix', 'realtime:other', '__proto__', '');
  const event = fc.oneof(
    fc.constantFrom(
      'phx_join',
      'phx_leave',
      'broadcast',
      'presence',
      'access_token',
      'heartbeat',
      'phx_close',
    ),
    fc.string(),
  );
  const word = fc.constantFrom('track', 'untrack', 'broadcast', '__proto__', 'constructor');
  const payload = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: word, event: fc.oneof(word, fc.jsonValue()), payload: fc.jsonValue() }),
    fc.record({
      config: fc.record({
        private: fc.jsonValue(),
        broadcast: fc.oneof(
          fc.jsonValue(),
          fc.record({ replay: fc.jsonValue(), self: fc.boolean(), ack: fc.boolean() }),
        ),
        presence: fc.oneof(
          fc.jsonValue(),
          fc.record({ key: fc.oneof(word, fc.jsonValue()), enabled: fc.boolean() }),
        ),
      }),
      access_token: fc.oneof(fc.string(), fc.jsonValue()),
    }),
  );
  const reference = fc.oneof(fc.constantFrom(null, '1', '2', 3), fc.jsonValue());
  const frame = fc.oneof(
    fc.tuple(reference, reference, topic, event, payload).map((parts) => JSON.stringify(parts)),
    fc
      .tuple(topic, fc.string(), fc.string(), fc.string({ maxLength: 20 }))
      .map(([to, name, body, meta]) =>
        broadcastPush({ topic: to, event: name, meta, encoding: body.length % 3 }, body),
      ),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );

  it('over a socket, the server goes on, and every topic stays usable', async () => {
    const socket = await openV2();
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 40 }), async (frames) => {
        for (const data of frames) socket.send(data);
        await socket.heartbeat();
      }),
      { numRuns: 150 },
    );
    socket.push('last', 'last', 'realtime:fuzz', 'phx_join');
    expect(await socket.reply('last')).toMatchObject({ status: 'ok' });
    socket.close();
  });

  it('over HTTP, no answer is a failure of the server', async () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('t', 'e', true));
    const message = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { topic: field, event: field, payload: fc.jsonValue(), private: field },
        { requiredKeys: [] },
      ),
    );
    const body = fc.oneof(
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.array(message, { maxLength: 3 }).map((messages) => JSON.stringify({ messages })),
      fc.constant(
        `{"messages":[{"topic":"t","event":"e","payload":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`,
      ),
    );
    const path = fc.constantFrom(
      '/api/broadcast',
      '/api/broadcast/%00/events/%20',
      '/api/broadcast/t/events/e?private=true',
    );
    await fc.assert(
      fc.asyncProperty(
        path,
        body,
        fc.constantFrom('application/json', 'application/octet-stream', ''),
        async (to, data, type) => {
          const headers = { apikey: keys.publishable, 'content-type': type };
          const response = await fetch(`${server.url}/realtime/v1${to}`, {
            method: 'POST',
            headers,
            body: data,
          });
          expect([202, 403, 415, 422]).toContain(response.status);
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('no protocol version lets a broadcast out that it cannot carry', async () => {
  const topic = newTopic();
  const [modern, old, sender] = [await openV2(), await openV1(), await openV2()];
  for (const socket of [modern, sender]) {
    socket.push('1', '1', topic, 'phx_join');
    await socket.reply('1');
  }
  old.send(JSON.stringify({ topic, event: 'phx_join', payload: {}, ref: '1', join_ref: '1' }));
  await old.reply('1');
  sender.send(broadcastPush({ topic, encoding: 0 }, Buffer.from([1, 2, 3])));
  sender.send(broadcastPush({ topic, event: 'json' }, '{"a":1}'));
  await modern.frames.count(3);
  await old.frames.count(2);
  expect(old.frames.values.at(-1)).toEqual({
    joinRef: 'absent',
    ref: null,
    topic,
    event: 'broadcast',
    payload: { type: 'broadcast', event: 'json', payload: { a: 1 } },
  });
  const binary = modern.frames.values.flatMap((frame) => ('bytes' in frame ? [frame.bytes] : []));
  expect(binary[0]).toEqual(
    Buffer.concat([
      Buffer.from([4, topic.length, 1, 0, 0]),
      Buffer.from(`${topic}e`),
      Buffer.from([1, 2, 3]),
    ]),
  );
  expect(binary).toHaveLength(2);
  for (const socket of [modern, old, sender]) socket.close();
});
