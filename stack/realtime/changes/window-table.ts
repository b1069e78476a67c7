import type { Failure } from './judgement.ts';
import { groupBy } from './group-by.ts';
import { OutgoingChange, type DataWriter, type FailureReports } from './delivery.ts';
import type {
  ChangeMatcher,
  ChangeReceiver,
  ClaimSet,
  CommittedTransaction,
  MatchedBindings,
  RowChange,
  TableDescription,
} from './types.ts';
import type { Visibility } from './visibility.ts';

/** A change and the transaction it was committed by. */
export interface CommittedChange {
  readonly change: RowChange;
  readonly transaction: CommittedTransaction;
}

/** Somebody whose bindings match a change, and what was found out about their right to it. */
interface Candidate<Receiver extends ChangeReceiver> {
  readonly row: number;
  readonly match: MatchedBindings<Receiver>;
  /** Whose rights were asked; null before. */
  judged: ClaimSet | null;
  outcome: 'visible' | 'hidden' | Failure;
  readable: ReadonlySet<string>;
}

/** Turns changes into JSON. */
export interface ChangeEncoder {
  /** @returns the table as it is now; null when it is gone */
  describe(relation: RowChange['relation']): Promise<TableDescription | null>;
  /**
   * Fetches what the log does not have of some changes of a table.
   * @returns writes `data` of the change at an index, for any choice of columns
   */
  load(
    table: TableDescription,
    changes: readonly CommittedChange[],
  ): Promise<(index: number, columns: ReadonlySet<string>) => string>;
}

export interface TableServices<Receiver extends ChangeReceiver> {
  readonly matcher: ChangeMatcher<Receiver>;
  readonly visibility: Visibility;
  readonly encoder: ChangeEncoder;
  readonly reports: FailureReports;
}

/** The changes of one table within a window: who asked for them, who may see them, and their delivery. */
export class WindowTable<Receiver extends ChangeReceiver> {
  readonly #services: TableServices<Receiver>;
  readonly #changes: readonly CommittedChange[];
  #candidates: Candidate<Receiver>[][] = [];
  #table: TableDescription | null = null;
  /** By index, those that somebody may see. */
  readonly #writers = new Map<number, DataWriter>();

  constructor(services: TableServices<Receiver>, changes: readonly CommittedChange[]) {
    this.#services = services;
    this.#changes = changes;
  }

  /** Finds those whose bindings match. */
  async match(): Promise<void> {
    const { matcher, encoder } = this.#services;
    const [first] = this.#changes;
    this.#table = first ? await encoder.describe(first.change.relation) : null;
    if (!this.#table) return;
    const rows = this.#changes.map(({ change }) => change);
    const matches = await matcher.match(this.#table, rows);
    this.#candidates = matches.map((matched, row) =>
      matched.map((match) => ({ row, match, judged: null, outcome: 'hidden', readable: nothing })),
    );
  }

  /** Whether somebody's rights are unknown, or became others since they were asked. */
  get isUndecided(): boolean {
    return this.#candidates.some((row) => row.some(isOpen));
  }

  /** Asks for the rights of those who are undecided. */
  async judge(): Promise<void> {
    const open = this.#candidates.flatMap((row) => row.filter(isOpen));
    const roles = groupBy(open, ({ match }) => match.listener.claims.role);
    await Promise.all([...roles].map(([role, candidates]) => this.#judgeRole(role, candidates)));
    await this.#load();
  }

  /** Hands the change at an index to those who may see it. */
  deliver(index: number): number {
    const table = this.#table;
    const candidates = this.#candidates[index];
    if (!table || !candidates) return 0;
    const outgoing = new OutgoingChange<Receiver>(table.primaryKey, (columns) => {
      const write = this.#writers.get(index);
      if (!write) throw new Error('a change was sent before it was read');
      return write(columns);
    });
    let delivered = 0;
    for (const candidate of candidates) {
      const { match, outcome, readable } = candidate;
      // New tokens kept coming: rejoining settles it.
      if (isOpen(candidate)) match.listener.crash();
      else if (outcome === 'visible') {
        outgoing.sendTo(match, readable);
        delivered++;
      } else if (outcome !== 'hidden') this.#fail(match.listener, outcome, table);
    }
    return delivered;
  }

  /** After the judgement: what has to be read of a row is read when the row can be seen. */
  async #load(): Promise<void> {
    if (!this.#table) return;
    const wanted = [...this.#changes.entries()].filter(
      ([index]) =>
        !this.#writers.has(index) && this.#candidates[index]?.some(({ outcome }) => outcome === 'visible'),
    );
    if (wanted.length === 0) return;
    const write = await this.#services.encoder.load(
      this.#table,
      wanted.map(([, change]) => change),
    );
    for (const [place, [index]] of wanted.entries())
      this.#writers.set(index, (columns) => write(place, columns));
  }

  #fail(receiver: Receiver, failure: Failure, { schema, name }: TableDescription): void {
    if (failure.kind === 'late') receiver.crash();
    else this.#services.reports.tell(receiver, `${schema}.${name}`, failure.message);
  }

  async #judgeRole(role: string, candidates: readonly Candidate<Receiver>[]): Promise<void> {
    if (!this.#table) return;
    const wanted = new Map<ClaimSet, Set<number>>();
    for (const candidate of candidates) {
      const { claims } = candidate.match.listener;
      candidate.judged = claims;
      const rows = wanted.get(claims) ?? new Set();
      wanted.set(claims, rows);
      if (!this.#isDelete(candidate.row)) rows.add(candidate.row);
    }
    const judgement = await this.#services.visibility.judge({
      table: this.#table,
      role,
      rows: this.#changes.map(({ change }) => change),
      wanted,
      transactionIds: [...new Set(this.#changes.map(({ transaction }) => transaction.id))],
    });
    for (const candidate of candidates) {
      const { judged, row } = candidate;
      if (!judged) continue;
      candidate.readable = judgement.columns;
      // A row that is gone cannot be looked at: its key goes to everyone who asked, as on the hosted server.
      const sees = this.#isDelete(row) ? judgement.columns.size > 0 : judgement.sees(judged, row);
      candidate.outcome = sees ? 'visible' : (judgement.failures.get(judged) ?? 'hidden');
    }
  }

  #isDelete(row: number): boolean {
    return this.#changes[row]?.change.kind === 'DELETE';
  }
}

const nothing: ReadonlySet<string> = new Set();

const isOpen = ({ judged, match }: Candidate<ChangeReceiver>) => judged !== match.listener.claims;
