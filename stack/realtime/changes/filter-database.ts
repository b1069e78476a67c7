import type { Database } from '../database.ts';
import { isDatabaseRefusal } from '../database.ts';
import type { ColumnValue, DatabaseTest } from './filter-condition.ts';
import type { Answers, Failures, Question } from './matching.ts';
import { postgresException } from './postgres-exception.ts';

const compareSql = 'select realtime.compare_values($1) as results';

/** A test cut off after this part of the time limit is to blame for it itself. */
const ownFaultMs = 100;

interface Result {
  readonly answers?: readonly (boolean | null)[] | null;
  readonly code?: string;
  readonly message?: string;
  /** Time the cut test had, in milliseconds. */
  readonly spent?: number;
}

interface Test {
  readonly test: DatabaseTest;
  readonly values: readonly ColumnValue[];
}

/** Puts comparisons to the database: each test once per window, whatever the number of its subscribers. */
export class FilterDatabase {
  readonly #database: Database;

  /** @param database with a time limit that a stream of changes can wait for */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @returns the answers, and which tests failed
   * @throws RealtimeError when the database cannot be asked
   */
  async ask(questions: readonly Question[]): Promise<{ answers: Answers; failures: Failures }> {
    const answers = new Map<string, Map<ColumnValue, boolean | null>>();
    const failures = new Map<string, string>();
    let open = distinctTests(questions);
    while (open.length > 0) {
      const results = await this.#compare(open);
      for (const [index, { answers: given, ...failure }] of results.entries()) {
        const { test, values } = open[index] ?? {};
        if (!test || !values) continue;
        if (given) answers.set(test.key, new Map(values.map((value, at) => [value, given[at] ?? null])));
        else if ((failure.spent ?? ownFaultMs) >= ownFaultMs)
          failures.set(test.key, postgresException(failure));
      }
      const before = open.length;
      open = open.filter(({ test }) => !answers.has(test.key) && !failures.has(test.key));
      // Without any progress the next attempt would be no better.
      if (open.length === before)
        for (const { test } of open) failures.set(test.key, 'the comparison was not made');
    }
    return { answers, failures };
  }

  async #compare(tests: readonly Test[]): Promise<readonly Result[]> {
    const sent = tests.map(({ test: { role, typeId, operator, operand }, values }) => ({
      ...{ role, type: typeId, operator, operand },
      values,
    }));
    try {
      const [row] = await this.#database.query<{ results: Result[] }>('realtime_compare', compareSql, [
        JSON.stringify(sent),
      ]);
      return row?.results ?? [];
    } catch (error) {
      // Cut off outside of any test: as long as there are several, less at a time may do.
      if (isDatabaseRefusal(error) && error.code !== 'QueryCanceled') throw error;
      if (tests.length > 1) return await this.#compare(tests.slice(0, Math.ceil(tests.length / 2)));
      return [{ code: '57014', message: postgresException(error) }];
    }
  }
}

function distinctTests(questions: readonly Question[]): Test[] {
  const tests = new Map<string, { test: DatabaseTest; values: Set<ColumnValue> }>();
  for (const { test, value } of questions) {
    const known = tests.get(test.key) ?? { test, values: new Set<ColumnValue>() };
    known.values.add(value);
    tests.set(test.key, known);
  }
  return [...tests.values()].map(({ test, values }) => ({ test, values: [...values] }));
}
