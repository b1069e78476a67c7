/**
 * Postgres' logical replication messages (plugin `pgoutput`, protocol version 1, text values), after
 * "Logical Replication Message Formats" of the Postgres manual.
 */

/** A column's value as text; null is SQL null, undefined a TOASTed value that did not change. */
export type TupleValue = Buffer | null | undefined;

export type ChangeKind = 'INSERT' | 'UPDATE' | 'DELETE';

/** What the log keeps of a row that was: all of it (replica identity full), or the columns of its key only. */
export interface OldTuple {
  readonly whole: boolean;
  readonly values: readonly TupleValue[];
}

export interface Relation {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly replicaIdentity: string;
  readonly columns: readonly { readonly name: string; readonly isKey: boolean; readonly typeId: number }[];
}

export type ReplicationMessage =
  | {
      readonly type: 'begin';
      readonly finalLsn: bigint;
      readonly committedAt: Date;
      readonly transactionId: number;
    }
  | { readonly type: 'commit'; readonly endLsn: bigint }
  | { readonly type: 'relation'; readonly relation: Relation }
  | {
      readonly type: 'change';
      readonly kind: ChangeKind;
      readonly relationId: number;
      readonly row: readonly TupleValue[] | null;
      readonly old: OldTuple | null;
    }
  /** What this server has no use for: types, origins, truncations. */
  | { readonly type: 'other'; readonly code: string };

const changeKinds = { I: 'INSERT', U: 'UPDATE', D: 'DELETE' } as const;

/** Microseconds between the Unix epoch and 2000-01-01, where Postgres counts from. */
const postgresEpochMicros = 946_684_800_000_000n;

/** @throws RangeError when the message is shorter than its format */
export function decodeMessage(data: Buffer): ReplicationMessage {
  const reader = new Reader(data);
  const code = String.fromCharCode(reader.uint8());
  switch (code) {
    case 'B':
      return {
        type: 'begin',
        finalLsn: reader.uint64(),
        committedAt: reader.timestamp(),
        transactionId: reader.uint32(),
      };
    case 'C': {
      reader.uint8(); // flags, unused
      reader.uint64(); // LSN of the commit itself
      return { type: 'commit', endLsn: reader.uint64() };
    }
    case 'R':
      return { type: 'relation', relation: readRelation(reader) };
    case 'I':
    case 'U':
    case 'D':
      return readChange(reader, changeKinds[code]);
    default:
      return { type: 'other', code };
  }
}

function readRelation(reader: Reader): Relation {
  return {
    id: reader.uint32(),
    schema: reader.text() || 'pg_catalog',
    name: reader.text(),
    replicaIdentity: String.fromCharCode(reader.uint8()),
    columns: Array.from({ length: reader.uint16() }, () => {
      const isKey = (reader.uint8() & 1) === 1;
      const name = reader.text();
      const typeId = reader.uint32();
      reader.uint32(); // type modifier
      return { name, isKey, typeId };
    }),
  };
}

/** Up to two tuples follow the relation: the former row (`O`: whole, `K`: its key) and the new one (`N`). */
function readChange(reader: Reader, kind: ChangeKind): ReplicationMessage {
  const relationId = reader.uint32();
  let old: OldTuple | null = null;
  let tuple = String.fromCharCode(reader.uint8());
  if (tuple === 'O' || tuple === 'K') {
    old = { whole: tuple === 'O', values: readTuple(reader) };
    if (kind === 'DELETE') return { type: 'change', kind, relationId, row: null, old };
    tuple = String.fromCharCode(reader.uint8());
  }
  if (tuple !== 'N' || kind === 'DELETE') throw new RangeError(`a change has no tuple of kind ${tuple}`);
  return { type: 'change', kind, relationId, row: readTuple(reader), old };
}

/**
 * The relation and the kind of a change, without reading its values.
 * @returns null for messages that are no change of a row
 */
export function peekChange(data: Buffer): { readonly relationId: number; readonly kind: ChangeKind } | null {
  const code = String.fromCharCode(data[0] ?? 0);
  if (code !== 'I' && code !== 'U' && code !== 'D') return null;
  return { relationId: data.readUInt32BE(1), kind: changeKinds[code] };
}

function readTuple(reader: Reader): TupleValue[] {
  return Array.from({ length: reader.uint16() }, () => {
    const kind = String.fromCharCode(reader.uint8());
    if (kind === 'n') return null;
    if (kind === 'u') return undefined;
    return reader.bytes(reader.uint32());
  });
}

/** Reads a message front to back. */
class Reader {
  readonly #data: Buffer;
  #offset = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  uint8(): number {
    return this.#data.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#data.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#data.readUInt32BE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#data.readBigUInt64BE(this.#advance(8));
  }

  timestamp(): Date {
    const micros = this.#data.readBigInt64BE(this.#advance(8));
    return new Date(Number((micros + postgresEpochMicros) / 1000n));
  }

  /** A zero-terminated text. */
  text(): string {
    const end = this.#data.indexOf(0, this.#offset);
    if (end < 0) throw new RangeError('the text has no end');
    const text = this.#data.toString('utf8', this.#offset, end);
    this.#offset = end + 1;
    return text;
  }

  bytes(length: number): Buffer {
    const start = this.#advance(length);
    if (this.#offset > this.#data.length) throw new RangeError('the message ends inside a value');
    return this.#data.subarray(start, this.#offset);
  }

  #advance(length: number): number {
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}

/**
 * Tells the server how far its log was received ("Standby status update" of the streaming replication protocol).
 * @param received written, flushed and applied, which are one here
 */
export function statusUpdate(received: bigint, replyRequested: boolean): Buffer {
  const message = Buffer.alloc(5 + 34);
  message.write('d', 0, 'latin1'); // CopyData
  message.writeInt32BE(4 + 34, 1);
  message.write('r', 5, 'latin1');
  for (const offset of [6, 14, 22]) message.writeBigUInt64BE(received, offset);
  message.writeBigInt64BE(BigInt(Date.now()) * 1000n - postgresEpochMicros, 30);
  message.writeUInt8(replyRequested ? 1 : 0, 38);
  return message;
}
