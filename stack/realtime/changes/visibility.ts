import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionError } from '../errors.ts';
import { describe, type Logger } from '../logger.ts';
import { ClaimTexts } from './claim-texts.ts';
import { Judgement } from './judgement.ts';
import { LookUpConnections, type LookUpAnswer, type LookUpQuestion } from './look-up-connections.ts';
import type { ClaimSet, RowChange, TableDescription } from './types.ts';

/** One question: rows of one table under one role. */
export interface Case {
  readonly table: TableDescription;
  readonly role: string;
  readonly rows: readonly RowChange[];
  /** For each claims set the indexes of the rows whose visibility matters, in order. */
  readonly wanted: ReadonlyMap<ClaimSet, readonly number[]>;
  /** Transactions that the answer has to be true for (32-bit ids). */
  readonly transactionIds: readonly number[];
}

export interface VisibilityLimits {
  readonly lookUpConnections: number;
  /** How long the policy of one claims set may take. */
  readonly lookUpTimeoutMs: number;
  /** How long one question may take altogether, with everything that is waited for. */
  readonly judgementTimeoutMs: number;
}

/** Claims that one connection takes at a time; fewer are not worth another connection. */
const fewClaims = 32;
const retryMs = 20;
const attempts = 3;

/** Asks the database which claims may see which changed rows. */
export class Visibility {
  readonly #connections: LookUpConnections;
  readonly #limits: VisibilityLimits;
  readonly #logger: Logger;
  readonly #texts = new ClaimTexts();
  readonly counters = { lookUps: 0, lookUpMs: 0 };

  constructor(adminUrl: string, limits: VisibilityLimits, logger: Logger) {
    this.#limits = limits;
    this.#logger = logger;
    const { lookUpConnections: connections, lookUpTimeoutMs } = limits;
    const patienceMs = lookUpTimeoutMs / 2;
    const statementMs = lookUpTimeoutMs + patienceMs;
    this.#connections = new LookUpConnections(
      adminUrl,
      { connections, statementMs, patienceMs, lockMs: patienceMs },
      logger,
    );
  }

  /** Never throws: what cannot be judged within the time fails as late. */
  async judge(asked: Case): Promise<Judgement> {
    const claims = [...asked.wanted.keys()];
    const size = Math.max(fewClaims, Math.ceil(claims.length / this.#connections.size));
    const judgement = new Judgement();
    const deadline = performance.now() + this.#limits.judgementTimeoutMs;
    const parts = [];
    // Without any claims (all rows are deletes) the question is which columns the role may read.
    for (let start = 0; start === 0 || start < claims.length; start += size)
      parts.push(this.#judgePart(asked, claims.slice(start, start + size), judgement, deadline));
    await Promise.all(parts);
    return judgement;
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  /** Asks again for those that the last answer left out, and when the answer was that it is too early. */
  async #judgePart(asked: Case, claims: ClaimSet[], judgement: Judgement, deadline: number): Promise<void> {
    let rest = claims;
    let failures = 0;
    do {
      const answer = await this.#ask(asked, rest);
      if (answer === 'failed') failures++;
      if (typeof answer === 'string' || answer.verdict === 'unseen' || answer.verdict === 'stale') {
        await delay(retryMs);
        continue;
      }
      judgement.record(rest.slice(0, answer.verdict === 'everyone' ? rest.length : answer.done), answer);
      if (answer.verdict !== 'some' && answer.verdict !== 'locked') return;
      // Keys that do not fit the table any more: its description is out of date.
      if (answer.verdict === 'some' && answer.done === 0) break;
      rest = rest.slice(answer.done);
    } while (rest.length > 0 && failures < attempts && performance.now() < deadline);
    judgement.fail(rest, { kind: 'late' });
  }

  async #ask(asked: Case, claims: readonly ClaimSet[]): Promise<LookUpAnswer | 'failed' | 'away'> {
    const start = performance.now();
    try {
      return await this.#connections.ask(this.#question(asked, claims));
    } catch (error) {
      if (isConnectionError(error)) return 'away';
      this.#logger.warn(
        `looking up rows of ${asked.table.schema}.${asked.table.name} failed: ${describe(error)}`,
      );
      return 'failed';
    } finally {
      this.counters.lookUps++;
      this.counters.lookUpMs += performance.now() - start;
    }
  }

  #question(
    { table, role, rows, wanted, transactionIds }: Case,
    claims: readonly ClaimSet[],
  ): LookUpQuestion {
    return {
      tableId: table.oid,
      role,
      transactionIds,
      ...this.#texts.lists(claims),
      wanted: claims.map((one) => places(wanted.get(one), rows.length)),
      keys: (claims.length === 0 ? [] : table.primaryKey).map((name) =>
        rows.map((row) => keyValue(row, name)),
      ),
    };
  }
}

const places = (rows: readonly number[] | undefined, all: number) =>
  rows === undefined || rows.length === all ? null : `{${rows.map((row) => row + 1).join(',')}}`;

/** A large key that did not change is only in the former row. */
function keyValue({ relation, row, old }: RowChange, column: string): string | null {
  const index = relation.columns.findIndex(({ name }) => name === column);
  return (row?.[index] ?? old?.values[index])?.toString() ?? null;
}
