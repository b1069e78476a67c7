import type { CommittedTransaction, RowChange } from '../changes/types.ts';
import { decodeMessage, peekChange, type ChangeKind, type Relation } from './pgoutput.ts';

export interface AssemblerOptions {
  /** A larger transaction is handed over in parts. */
  readonly maxTransactionBytes: number;
  /** Whether anybody has a use for such changes; the others are not even read. */
  isWanted(relation: Relation, kind: ChangeKind): boolean;
  /** @param bytes about how much memory the transaction takes */
  emit(transaction: CommittedTransaction, bytes: number): void;
  /** The log was read up to here, and nothing of it is half-received. */
  onCommit(endLsn: bigint): void;
}

interface OpenTransaction {
  readonly id: number;
  readonly finalLsn: bigint;
  readonly committedAt: Date;
  changes: RowChange[];
  bytes: number;
}

/** What a decoded value costs on top of its bytes. */
const bytesPerValue = 120;

/** Puts the messages of the stream together to transactions. */
export class TransactionAssembler {
  readonly #options: AssemblerOptions;
  readonly #relations = new Map<number, Relation>();
  #open: OpenTransaction | null = null;

  constructor(options: AssemblerOptions) {
    this.#options = options;
  }

  /** Whether a transaction has begun and not ended. */
  get isInside(): boolean {
    return this.#open !== null;
  }

  /** @param data one message; it is copied where it is kept, since the driver uses its memory again */
  accept(data: Buffer): void {
    const change = peekChange(data);
    if (change) {
      const relation = this.#relations.get(change.relationId);
      if (relation && this.#options.isWanted(relation, change.kind))
        this.#collect(relation, Buffer.from(data));
      return;
    }
    const message = decodeMessage(data);
    if (message.type === 'relation') this.#relations.set(message.relation.id, message.relation);
    else if (message.type === 'begin') {
      const { transactionId: id, finalLsn, committedAt } = message;
      this.#open = { id, finalLsn, committedAt, changes: [], bytes: 0 };
    } else if (message.type === 'commit') {
      this.#emit(message.endLsn);
      this.#open = null;
      this.#options.onCommit(message.endLsn);
    }
  }

  #collect(relation: Relation, data: Buffer): void {
    const message = decodeMessage(data);
    const open = this.#open;
    if (message.type !== 'change' || !open) return;
    const { kind, row, old } = message;
    open.changes.push({ kind, relation, row, old });
    open.bytes += data.length + bytesPerValue * ((row?.length ?? 0) + (old?.values.length ?? 0));
    // Version 1 of the protocol sends a transaction after its commit, so a large one may be delivered in parts.
    // A part does not reach beyond its transaction's commit: it acknowledges nothing that is still to come.
    if (open.bytes > this.#options.maxTransactionBytes) this.#emit(open.finalLsn);
  }

  #emit(endLsn: bigint): void {
    const open = this.#open;
    if (!open || open.changes.length === 0) return;
    const { id, committedAt, changes, bytes } = open;
    open.changes = [];
    open.bytes = 0;
    this.#options.emit({ id, committedAt, endLsn, changes }, bytes);
  }
}
