import type { CommittedTransaction } from '../changes/types.ts';

interface Delivery {
  readonly transaction: CommittedTransaction;
  readonly bytes: number;
  isDelivered: boolean;
}

/**
 * What was handed over and is not delivered yet. The position to acknowledge moves only over an unbroken row of
 * delivered transactions, in whatever order they are reported.
 */
export class Deliveries {
  readonly #queue: Delivery[] = [];
  readonly #byTransaction = new Map<CommittedTransaction, Delivery>();
  #bytes = 0;
  #position = 0n;

  /** Everything before this place of the log is delivered. */
  get position(): bigint {
    return this.#position;
  }

  /** Memory that transactions under way take. */
  get bytes(): number {
    return this.#bytes;
  }

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  add(transaction: CommittedTransaction, bytes: number): void {
    const delivery = { transaction, bytes, isDelivered: false };
    this.#queue.push(delivery);
    this.#byTransaction.set(transaction, delivery);
    this.#bytes += bytes;
  }

  /** @returns whether the position moved; what is not, or no longer, under way moves nothing */
  delivered(transaction: CommittedTransaction): boolean {
    const delivery = this.#byTransaction.get(transaction);
    if (!delivery) return false;
    delivery.isDelivered = true;
    this.#byTransaction.delete(transaction);
    this.#bytes -= delivery.bytes;
    const before = this.#position;
    const open = this.#queue.findIndex((candidate) => !candidate.isDelivered);
    for (const { transaction: done } of this.#queue.splice(0, open < 0 ? this.#queue.length : open))
      this.#advance(done.endLsn);
    return this.#position > before;
  }

  /** The log holds nothing for us before this place, apart from what is under way. */
  passed(lsn: bigint): void {
    if (this.isIdle) this.#advance(lsn);
  }

  /** Forgets everything: positions of one connection mean nothing to the next. */
  reset(): void {
    this.#queue.length = 0;
    this.#byTransaction.clear();
    this.#bytes = 0;
    this.#position = 0n;
  }

  #advance(lsn: bigint): void {
    if (lsn > this.#position) this.#position = lsn;
  }
}
