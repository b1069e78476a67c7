/** Width of the transaction ids in the replication stream, which start over. */
const period = 2n ** 32n;

/**
 * Which transactions a query saw (`pg_current_snapshot()`). Commits that replication delivers later, but that the
 * query saw already, are told apart from newer ones by it.
 */
export class Snapshot {
  readonly #oldestRunning: bigint;
  readonly #next: bigint;
  readonly #running: ReadonlySet<string>;

  /** @param text `xmin:xmax:xip,xip,…` */
  constructor(text: string) {
    const [oldestRunning = '0', next = '0', running = ''] = text.split(':');
    this.#oldestRunning = BigInt(oldestRunning);
    this.#next = BigInt(next);
    this.#running = new Set(running.split(','));
  }

  /** @param transactionId a committed transaction's id as the stream has it: the lower 32 bits */
  saw(transactionId: number): boolean {
    // Of all ids that end in these bits, the one nearest to the snapshot is meant.
    const behind = (((this.#next - BigInt(transactionId)) % period) + period) % period;
    if (behind === 0n || behind > period / 2n) return false;
    const id = this.#next - behind;
    return id < this.#oldestRunning || !this.#running.has(String(id));
  }
}
