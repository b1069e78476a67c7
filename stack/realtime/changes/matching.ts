import { kindBits, type BindingIndex } from './binding-index.ts';
import type { ChangedRow } from './changed-row.ts';
import type { ColumnValue, Condition, DatabaseTest } from './filter-condition.ts';
import { groupBy } from './group-by.ts';
import type { Entry } from './subscriptions.ts';
import type { ChangeListener, MatchedBindings } from './types.ts';

/** A comparison of one value that only the database can make. */
export interface Question {
  readonly test: DatabaseTest;
  readonly value: ColumnValue;
}

/** The database's answers: by the test's key, then by value. */
export type Answers = ReadonlyMap<string, ReadonlyMap<ColumnValue, boolean | null>>;

/** Tests that could not be made, by their key: what the database said. */
export type Failures = ReadonlyMap<string, string>;

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

  /** What the database has to be asked. */
  questions(): Question[] {
    return this.#undecided.flatMap(({ conditions }) =>
      conditions.map((condition) => ({ test: condition.inDatabase, value: this.#valueOf(condition) })),
    );
  }

  /** @returns whose conditions could not be tested, and why */
  decide(answers: Answers, failures: Failures): Map<Listener, string> {
    const failed = new Map<Listener, string>();
    for (const { entries, conditions } of this.#undecided.splice(0)) {
      const failure = conditions.map((condition) => failures.get(condition.inDatabase.key)).find(Boolean);
      if (failure !== undefined) for (const { listener } of entries) failed.set(listener, failure);
      else if (conditions.every((condition) => this.#holds(condition, answers))) this.#found.push(...entries);
    }
    return failed;
  }

  /** The bindings by listener, and by the columns they want. */
  result(): MatchedBindings<Listener>[] {
    const byListener = groupBy(this.#found, ({ listener }) => listener);
    return [...byListener.values()].flatMap((entries) => {
      const [first] = entries;
      return entries.length === 1 && first ? first.alone : bySelect(entries);
    });
  }

  #holds(condition: Condition, answers: Answers): boolean {
    const answer = answers.get(condition.inDatabase.key)?.get(this.#valueOf(condition));
    return answer !== undefined && condition.judge(answer);
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
