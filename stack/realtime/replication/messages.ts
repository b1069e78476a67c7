import { FramedBroadcast } from '../broadcast.ts';
import type { RowChange } from '../changes/types.ts';
import type { Relation } from './pgoutput.ts';

/** A broadcast that the database sent, and which of the two channels of its name it is for. */
export interface DatabaseBroadcast {
  readonly broadcast: FramedBroadcast;
  readonly isPrivate: boolean;
}

/** Whether a relation is `realtime.messages` or a partition of it: its rows travel as broadcasts, not as changes. */
export const holdsBroadcasts = ({ schema, name }: Relation): boolean =>
  schema === 'realtime' && (name === 'messages' || name.startsWith('messages_'));

/**
 * Reads a row inserted into a partition of `realtime.messages`. Its JSON is passed on as Postgres wrote it.
 * @returns null when the row is not a broadcast, or of another table
 */
export function toBroadcast(
  { kind, relation, row }: RowChange,
  transactionId: number,
): DatabaseBroadcast | null {
  if (kind !== 'INSERT' || row === null || !holdsBroadcasts(relation)) return null;
  const column = (name: string): Buffer | null =>
    row[relation.columns.findIndex((candidate) => candidate.name === name)] ?? null;
  const text = (name: string): string => column(name)?.toString() ?? '';
  if (text('extension') !== 'broadcast') return null;

  const topic = `realtime:${text('topic')}`;
  const meta = { id: text('id') };
  const isPrivate = text('private') === 't';
  const binary = column('binary_payload');
  const broadcast = binary
    ? new FramedBroadcast(topic, text('event'), 'binary', fromHex(binary), meta, transactionId)
    : new FramedBroadcast(
        topic,
        text('event'),
        'json',
        column('payload') ?? Buffer.from('null'),
        meta,
        transactionId,
      );
  return { broadcast, isPrivate };
}

/** Postgres writes bytea as `\x` and hexadecimal digits. */
function fromHex(value: Buffer): Buffer {
  return Buffer.from(value.toString('latin1', 2), 'hex');
}
