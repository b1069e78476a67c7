import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBroadcast } from './messages.ts';
import { decodeMessage, peekChange, type Relation, type TupleValue } from './pgoutput.ts';

const uint16 = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const uint64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const letter = (text: string) => Buffer.from(text);
const terminated = (text: string) => Buffer.from(`${text}\0`);

type Row = readonly TupleValue[];

function tuple(kind: string, row: Row): Buffer {
  const values = row.map((value) => {
    if (value === null) return letter('n');
    if (value === undefined) return letter('u');
    return Buffer.concat([letter('t'), uint32(value.length), value]);
  });
  return Buffer.concat([letter(kind), uint16(row.length), ...values]);
}

const insert = (relationId: number, row: Row) =>
  Buffer.concat([letter('I'), uint32(relationId), tuple('N', row)]);

describe('messages of the replication stream', () => {
  it('begin and commit carry transaction, time and position', () => {
    const begin = Buffer.concat([letter('B'), uint64(77n), uint64(1_000_000n), uint32(4_000_000_000)]);
    expect(decodeMessage(begin)).toEqual({
      type: 'begin',
      finalLsn: 77n,
      committedAt: new Date('2000-01-01T00:00:01Z'),
      transactionId: 4_000_000_000,
    });
    const commit = Buffer.concat([letter('C'), Buffer.from([0]), uint64(1n), uint64(2n), uint64(0n)]);
    expect(decodeMessage(commit)).toEqual({ type: 'commit', endLsn: 2n });
  });

  it('relations name their columns', () => {
    const columns = [
      [1, 'id', 2950],
      [0, 'größe', 25],
    ] as const;
    const message = Buffer.concat([
      letter('R'),
      uint32(9),
      terminated('realtime'),
      terminated('messages'),
      letter('d'),
      uint16(columns.length),
      ...columns.flatMap(([flags, name, type]) => [
        Buffer.from([flags]),
        terminated(name),
        uint32(type),
        uint32(0),
      ]),
    ]);
    expect(decodeMessage(message)).toEqual({
      type: 'relation',
      relation: {
        id: 9,
        schema: 'realtime',
        name: 'messages',
        replicaIdentity: 'd',
        columns: [
          { name: 'id', isKey: true, typeId: 2950 },
          { name: 'größe', isKey: false, typeId: 25 },
        ],
      },
    });
  });

  const bytes = fc.uint8Array().map((value) => Buffer.from(value));
  const rows = fc.array(fc.oneof(bytes, fc.constant(null), fc.constant(undefined)));

  it('inserts give every value as it was sent', () => {
    fc.assert(
      fc.property(fc.nat(), rows, (relationId, row) => {
        const expected = { type: 'change', kind: 'INSERT', relationId, row, old: null };
        expect(decodeMessage(insert(relationId, row))).toEqual(expected);
        expect(peekChange(insert(relationId, row))).toEqual({ relationId, kind: 'INSERT' });
      }),
    );
  });

  it('updates and deletes tell a whole former row from its key', () => {
    fc.assert(
      fc.property(fc.nat(), rows, rows, fc.boolean(), (relationId, row, values, whole) => {
        const former = tuple(whole ? 'O' : 'K', values);
        const old = { whole, values };
        const update = Buffer.concat([letter('U'), uint32(relationId), former, tuple('N', row)]);
        expect(decodeMessage(update)).toEqual({ type: 'change', kind: 'UPDATE', relationId, row, old });
        const remove = Buffer.concat([letter('D'), uint32(relationId), former]);
        expect(decodeMessage(remove)).toEqual({ type: 'change', kind: 'DELETE', relationId, row: null, old });
      }),
    );
    const plain = Buffer.concat([letter('U'), uint32(1), tuple('N', [null])]);
    expect(decodeMessage(plain)).toMatchObject({ kind: 'UPDATE', row: [null], old: null });
  });

  it('of other kinds are told apart, and truncated ones noticed', () => {
    expect(decodeMessage(letter('T'))).toEqual({ type: 'other', code: 'T' });
    const whole = insert(1, [Buffer.from('value')]);
    for (let length = 1; length < whole.length; length++)
      expect(() => decodeMessage(whole.subarray(0, length))).toThrow(RangeError);
  });
});

describe('rows of realtime.messages', () => {
  const columns = ['topic', 'extension', 'payload', 'event', 'private', 'id', 'binary_payload'];
  const relation = (name: string, schema = 'realtime'): Relation => ({
    id: 1,
    schema,
    name,
    replicaIdentity: 'd',
    columns: columns.map((column) => ({ name: column, isKey: false, typeId: 25 })),
  });
  const inserted = (to: Relation, row: Row) => ({ kind: 'INSERT' as const, relation: to, row, old: null });
  const row = (...texts: (string | null)[]) =>
    texts.map((text) => (text === null ? null : Buffer.from(text)));

  it('become broadcasts of their topic and privacy', () => {
    const values = row('room', 'broadcast', '{"a": 1}', 'e', 't', 'some-id', null);
    const sent = toBroadcast(inserted(relation('messages_2026_11_21'), values), 7);
    expect(sent).toMatchObject({ isPrivate: true, broadcast: { topic: 'realtime:room', transactionId: 7 } });
    expect(sent?.broadcast.frame('1.0.0')?.toString()).toContain(
      '"payload":{"a": 1},"meta":{"id":"some-id"}',
    );
  });

  it('with bytes become binary broadcasts', () => {
    const values = row('room', 'broadcast', null, 'e', 'f', 'some-id', '\\x00ff');
    const sent = toBroadcast(inserted(relation('messages_2026_11_21'), values), 7);
    expect(sent?.isPrivate).toBe(false);
    expect(sent?.broadcast.frame('2.0.0')?.subarray(-2)).toEqual(Buffer.from([0, 255]));
  });

  it('that are probes, or of other tables, are nothing to send', () => {
    const probe = row('room', 'presence', null, null, 't', 'some-id', null);
    expect(toBroadcast(inserted(relation('messages_2026_11_21'), probe), 7)).toBeNull();
    const values = row('room', 'broadcast', '{}', 'e', 't', 'some-id', null);
    expect(toBroadcast(inserted(relation('messages', 'public'), values), 7)).toBeNull();
  });
});
