import type { Database } from '../database.ts';
import { isDatabaseRefusal } from '../database.ts';
import type { ColumnValue, DatabaseTest } from './filter-condition.ts';
import type { Findings } from './findings.ts';
import type { Question } from './matching.ts';
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
   * Adds what it finds out to the findings: all of it, or less when the time was over. Then at least one test more is
   * answered or has failed than before.
   * @throws RealtimeError when the database cannot be asked
   */
  async ask(questions: readonly Question[], findings: Pick<Findings, 'record' | 'fail'>): Promise<void> {
    const tests = distinctTests(questions);
    let found = 0;
    for (const [index, { answers, ...failure }] of (await this.#compare(tests)).entries()) {
      const { test, values } = tests[index] ?? {};
      if (!test || !values) continue;
      const isOwnFault = failure.spent === undefined || failure.spent >= ownFaultMs;
      if (answers) findings.record(test.key, values, answers);
      else if (isOwnFault || index === 0)
        findings.fail(test.key, postgresException(failure), failure.spent !== undefined);
      else break;
      found++;
    }
    const [first] = tests;
    if (found === 0 && first) findings.fail(first.test.key, 'the comparison was not made', true);
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
      return [{ code: '57014', message: 'canceling statement due to statement timeout', spent: ownFaultMs }];
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
