import type { ColumnValue, Condition } from './filter-condition.ts';
import type { ChangeListener } from './types.ts';

/** What the database found out about the filters of one window. */
export class Findings<Listener extends ChangeListener = ChangeListener> {
  readonly #answers = new Map<string, Map<ColumnValue, boolean | null>>();
  readonly #failures = new Map<string, string>();
  /** Listeners with a filter that failed: none of theirs is asked about any more. */
  readonly failed = new Map<Listener, string>();
  /** Tests that were cut off by the time limit. */
  cuts = 0;

  record(test: string, values: readonly ColumnValue[], answers: readonly (boolean | null)[]): void {
    const known = this.#answers.get(test) ?? new Map<ColumnValue, boolean | null>();
    for (const [index, value] of values.entries()) known.set(value, answers[index] ?? null);
    this.#answers.set(test, known);
  }

  fail(test: string, complaint: string, isCut: boolean): void {
    this.#failures.set(test, complaint);
    if (isCut) this.cuts++;
  }

  failure({ inDatabase }: Condition): string | undefined {
    return this.#failures.get(inDatabase.key);
  }

  /** Whether a value satisfies a condition; undefined when that is not known yet. */
  holds(condition: Condition, value: ColumnValue): boolean | undefined {
    const answer = this.#answers.get(condition.inDatabase.key)?.get(value);
    return answer === undefined ? undefined : condition.judge(answer);
  }
}
