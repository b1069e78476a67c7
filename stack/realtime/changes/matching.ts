import { kindBits, type BindingIndex } from './binding-index.ts';
import type { ChangedRow } from './changed-row.ts';
import type { ColumnValue, Condition, DatabaseTest } from './filter-condition.ts';
import type { Findings } from './findings.ts';
import { groupBy } from './group-by.ts';
import type { Entry } from './subscriptions.ts';
import type { ChangeListener, MatchedBindings } from './types.ts';

/** A comparison of one value that only the database can make. */
export interface Question {
  readonly test: DatabaseTest;
  readonly value: ColumnValue;
}

interface Undecided<Listener extends ChangeListener> {
  readonly entries: readonly Entry<Listener>[];
  readonly conditions: readonly Condition[];
}

/** The search for whoever wants one change. */
export class Matching<Listener extends ChangeListener> {
  readonly #row: ChangedRow;
  readonly #found: Entry<Listener>[] = [];
  readonly #undecided: Undecided<Listener>[] = [];

  constructor(row: ChangedRow) {
    this.#row = row;
  }

  search(index: BindingIndex<Entry<Listener>>): void {
    const kind = kindBits[this.#row.change.kind];
    index.find(this.#row, (entries, conditions) => {
      const wanting = conditions.length === 0 ? this.#found : [];
      for (const entry of entries) if ((entry.kinds & kind) !== 0) wanting.push(entry);
      if (conditions.length > 0 && wanting.length > 0) this.#undecided.push({ entries: wanting, conditions });
    });
  }

  /** What the database still has to be asked, for those of whom nothing failed. */
  questions(findings: Findings<Listener>): Question[] {
    const open = this.#undecided.filter(({ entries }) =>
      entries.some(({ listener }) => !findings.failed.has(listener)),
    );
    return open.flatMap(({ conditions }) =>
      conditions
        .map((condition) => ({ condition, value: this.#valueOf(condition) }))
        .filter(({ condition, value }) => findings.holds(condition, value) === undefined)
        .map(({ condition, value }) => ({ test: condition.inDatabase, value })),
    );
  }

  /** Notes whose conditions could not be tested. */
  noteFailures(findings: Findings<Listener>): void {
    for (const { entries, conditions } of this.#undecided) {
      const failure = conditions
        .map((condition) => findings.failure(condition))
        .find((words) => words !== undefined);
      if (failure !== undefined) for (const { listener } of entries) findings.failed.set(listener, failure);
    }
  }

  /** Nothing more will be asked: those without an answer have failed. */
  giveUp(findings: Findings<Listener>, complaint: string): void {
    for (const { entries, conditions } of this.#undecided) {
      const isOpen = conditions.some(
        (condition) => findings.holds(condition, this.#valueOf(condition)) === undefined,
      );
      if (isOpen)
        for (const { listener } of entries)
          if (!findings.failed.has(listener)) findings.failed.set(listener, complaint);
    }
  }

  decide(findings: Findings<Listener>): void {
    for (const { entries, conditions } of this.#undecided)
      if (conditions.every((condition) => findings.holds(condition, this.#valueOf(condition)) === true))
        for (const entry of entries) this.#found.push(entry);
  }

  /** The bindings by listener, and by the columns they want. */
  result(): MatchedBindings<Listener>[] {
    const byListener = groupBy(this.#found, ({ listener }) => listener);
    return [...byListener.values()].flatMap((entries) => {
      const [first] = entries;
      return entries.length === 1 && first ? first.alone : bySelect(entries);
    });
  }

  #valueOf({ column, typeId }: Condition): ColumnValue {
    return this.#row.value(column, typeId) ?? null;
  }
}

function bySelect<Listener extends ChangeListener>(
  entries: readonly Entry<Listener>[],
): MatchedBindings<Listener>[] {
  return [...groupBy(entries, ({ select }) => select).values()].flatMap((same) => {
    const [first] = same;
    const ids = [...new Set(same.map(({ id }) => id))].sort((a, b) => a - b);
    return first ? { ...first.alone, ids } : [];
  });
}
