import type { Logger } from '../logger.ts';
import { groupBy } from './group-by.ts';
import type { ChangeReceiver, CommittedTransaction, RowChange } from './types.ts';
import { WindowTable, type CommittedChange, type TableServices } from './window-table.ts';

/** Rows of one table that are looked up at a time. */
const rowsPerTable = 100;
/** Tokens that change while rights are asked are asked about again, this often. */
const judgements = 3;

export interface PipelineOptions<Receiver extends ChangeReceiver> extends TableServices<Receiver> {
  readonly logger: Logger;
  /** Changes may be missing: whoever listens to changes has to join anew. */
  onLoss(): void;
}

type Item = CommittedChange | (() => void);

/**
 * Takes changes from the stream to their receivers, in commit order. While one window of changes is looked up, the next
 * collects; there is no wait when nothing is under way.
 */
export class ChangePipeline<Receiver extends ChangeReceiver> {
  readonly #options: PipelineOptions<Receiver>;
  #queue: Item[] = [];
  #isWorking = false;
  /** Counts gaps: what was under way before one is not delivered after it. */
  #era = 0;
  readonly counters = { changesDelivered: 0, changeMessages: 0, changeWindows: 0 };

  constructor(options: PipelineOptions<Receiver>) {
    this.#options = options;
  }

  /** Whether something that came before is still to be delivered. */
  get isBehind(): boolean {
    return this.#isWorking;
  }

  /** Takes one change, if anybody listens to its kind. */
  add(change: RowChange, transaction: CommittedTransaction): void {
    const { relation, kind } = change;
    if (!this.#options.matcher.hasListeners(relation.schema, relation.name, kind)) return;
    this.#queue.push({ change, transaction });
    if (this.#isWorking) return;
    this.#isWorking = true;
    // All that came with the same piece of the stream belongs in one window.
    queueMicrotask(() => void this.#work());
  }

  /** Does something once all that came before is delivered: at once, if it is. */
  after(step: () => void): void {
    if (this.#isWorking) this.#queue.push(step);
    else step();
  }

  /** Forgets what is under way. */
  reset(): void {
    this.#era++;
    this.#queue = [];
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const era = this.#era;
      const window = this.#queue.splice(0, windowLength(this.#queue));
      const tables = await this.#judge(window.filter((item) => typeof item !== 'function'));
      const isCurrent = era === this.#era;
      if (!tables && isCurrent) this.#options.onLoss();
      this.#deliver(window, isCurrent ? tables : null);
    }
    this.#isWorking = false;
  }

  /** @returns null when that failed */
  async #judge(changes: readonly CommittedChange[]): Promise<Tables<Receiver> | null> {
    const groups = groupBy(changes, ({ change }) => change.relation.id);
    const tables = new Map([...groups].map(([id, group]) => [id, new WindowTable(this.#options, group)]));
    const all = [...tables.values()];
    try {
      await Promise.all(all.map((table) => table.match()));
      for (let turn = 0; turn < judgements && all.some((table) => table.isUndecided); turn++)
        await Promise.all(all.map((table) => table.judge()));
    } catch (error) {
      this.#options.logger.error('finding the receivers of changes failed', error);
      return null;
    }
    this.counters.changeWindows++;
    return tables;
  }

  #deliver(window: readonly Item[], tables: Tables<Receiver> | null): void {
    const next = new Map<number, number>();
    for (const item of window) {
      try {
        if (typeof item === 'function') item();
        else this.#hand(item, tables, next);
      } catch (error) {
        this.#options.logger.error('delivering a change failed', error);
        this.#options.onLoss();
      }
    }
  }

  /** @param next the index of the next change of each table within the window */
  #hand({ change }: CommittedChange, tables: Tables<Receiver> | null, next: Map<number, number>): void {
    const { id } = change.relation;
    const index = next.get(id) ?? 0;
    next.set(id, index + 1);
    const messages = tables?.get(id)?.deliver(index) ?? 0;
    this.counters.changeMessages += messages;
    if (messages > 0) this.counters.changesDelivered++;
  }
}

type Tables<Receiver extends ChangeReceiver> = ReadonlyMap<number, WindowTable<Receiver>>;

/** How many items from the front make a window: until a table has its fill. */
function windowLength(queue: readonly Item[]): number {
  const rows = new Map<number, number>();
  for (const [index, item] of queue.entries()) {
    if (typeof item === 'function') continue;
    const { id } = item.change.relation;
    const count = (rows.get(id) ?? 0) + 1;
    if (count > rowsPerTable) return index;
    rows.set(id, count);
  }
  return queue.length;
}
