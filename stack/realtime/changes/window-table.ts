import type { Judgement } from './judgement.ts';
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

/** What was found out about the rights of a listener. */
interface Standing {
  /** Whose rights were asked. */
  readonly claims: ClaimSet;
  readonly judgement: Judgement;
}

/** Turns changes into JSON. */
export interface ChangeEncoder {
  /** @returns the table as it is now; null when it is gone */
  describe(relation: RowChange['relation']): Promise<TableDescription | null>;
  /**
   * Adds what the log leaves out and filters, keys and messages need: generated columns.
   * @returns the changes in the same order
   */
  complete(table: TableDescription, changes: readonly CommittedChange[]): Promise<readonly CommittedChange[]>;
  /**
   * Converts what only the database can convert of some changes of a table.
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
  #changes: readonly CommittedChange[];
  #table: TableDescription | null = null;
  /** By index, whose bindings match a change. */
  #matches: readonly (readonly MatchedBindings<Receiver>[])[] = [];
  readonly #standings = new Map<Receiver, Standing | null>();
  /** By index, for those changes that somebody may see. */
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
    this.#changes = await encoder.complete(this.#table, this.#changes);
    this.#matches = await matcher.match(
      this.#table,
      this.#changes.map(({ change }) => change),
    );
    for (const matches of this.#matches)
      for (const { listener } of matches) this.#standings.set(listener, null);
  }

  /** Whether somebody's rights are unknown, or became others since they were asked. */
  get isUndecided(): boolean {
    for (const [listener, standing] of this.#standings) if (!isSettled(listener, standing)) return true;
    return false;
  }

  /** Asks for the rights of those who are undecided. */
  async judge(): Promise<void> {
    const open = [...this.#standings].flatMap(([listener, standing]) =>
      isSettled(listener, standing) ? [] : [listener],
    );
    const roles = groupBy(open, ({ claims }) => claims.role);
    await Promise.all([...roles].map(([role, listeners]) => this.#judgeRole(role, new Set(listeners))));
    await this.#load();
  }

  /** Hands the change at an index to those who may see it. */
  deliver(index: number): number {
    const table = this.#table;
    if (!table) return 0;
    const outgoing = new OutgoingChange<Receiver>(table.primaryKey, (columns) => {
      const write = this.#writers.get(index);
      if (!write) throw new Error('a change was sent before it was read');
      return write(columns);
    });
    let delivered = 0;
    for (const match of this.#matches[index] ?? []) {
      const { listener } = match;
      const standing = this.#standings.get(listener);
      // New tokens kept coming: rejoining settles it.
      if (!standing || !isSettled(listener, standing)) listener.crash();
      else if (this.#sees(standing, index)) {
        outgoing.sendTo(match, standing.judgement.columns);
        delivered++;
      } else this.#reportFailure(listener, standing, table);
    }
    return delivered;
  }

  /** A row that is gone cannot be looked at: its key goes to everyone who asked, as on the hosted server. */
  #sees({ claims, judgement }: Standing, index: number): boolean {
    return this.#isDelete(index) ? judgement.columns.size > 0 : judgement.sees(claims, index);
  }

  #reportFailure(
    listener: Receiver,
    { claims, judgement }: Standing,
    { schema, name }: TableDescription,
  ): void {
    const failure = judgement.failures.get(claims);
    if (failure?.kind === 'late') listener.crash();
    else if (failure) this.#services.reports.tell(listener, `${schema}.${name}`, failure.message);
  }

  /** After the judgement: what has to be read of a row is read when the row can be seen. */
  async #load(): Promise<void> {
    const table = this.#table;
    const wanted = [...this.#changes.entries()].filter(
      ([index]) =>
        !this.#writers.has(index) && this.#matches[index]?.some((match) => this.#isVisible(match, index)),
    );
    if (!table || wanted.length === 0) return;
    const changes = wanted.map(([, change]) => change);
    const write = await this.#services.encoder.load(table, changes);
    for (const [place, [index]] of wanted.entries())
      this.#writers.set(index, (columns) => write(place, columns));
  }

  #isVisible({ listener }: MatchedBindings<Receiver>, index: number): boolean {
    const standing = this.#standings.get(listener);
    return standing ? this.#sees(standing, index) : false;
  }

  async #judgeRole(role: string, listeners: ReadonlySet<Receiver>): Promise<void> {
    if (!this.#table) return;
    const asked = new Map([...listeners].map((listener) => [listener, listener.claims]));
    const judgement = await this.#services.visibility.judge({
      table: this.#table,
      role,
      rows: this.#changes.map(({ change }) => change),
      wanted: this.#rowsByClaims(asked),
      transactionIds: [...new Set(this.#changes.map(({ transaction }) => transaction.id))],
    });
    for (const [listener, claims] of asked) this.#standings.set(listener, { claims, judgement });
  }

  /** For each claims set the rows that somebody with these claims asked for; deletes need no look. */
  #rowsByClaims(asked: ReadonlyMap<Receiver, ClaimSet>): Map<ClaimSet, number[]> {
    const wanted = new Map<ClaimSet, number[]>();
    for (const [index, matches] of this.#matches.entries()) {
      if (this.#isDelete(index)) continue;
      for (const { listener } of matches) {
        const claims = asked.get(listener);
        if (!claims) continue;
        const rows = wanted.get(claims);
        if (!rows) wanted.set(claims, [index]);
        else if (rows.at(-1) !== index) rows.push(index);
      }
    }
    return wanted;
  }

  #isDelete(index: number): boolean {
    return this.#changes[index]?.change.kind === 'DELETE';
  }
}

const isSettled = (listener: ChangeReceiver, standing: Standing | null) =>
  standing?.claims === listener.claims;
