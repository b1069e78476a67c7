import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../database.ts';
import { databaseUnavailable } from '../errors.ts';
import { describe, type Logger } from '../logger.ts';
import { checkBindings, exception, publication } from './binding-check.ts';
import type { VerifiedToken } from '../tokens.ts';
import type { Binding } from './binding.ts';
import type { Catalog } from './catalog.ts';
import { FilterDatabase } from './filter-database.ts';
import { GeneratedColumns } from './generated-columns.ts';
import { generatedValues } from './generated-values.ts';
import { SharedWork } from './shared-work.ts';
import { isPattern, SlowPatterns } from './slow-patterns.ts';
import type { ChangeSubscription } from './subscription.ts';
import { ChangeSubscriptions, type CheckedBinding } from './subscriptions.ts';

export interface SubscribersOptions {
  readonly adminUrl: string;
  readonly logger: Logger;
  readonly catalog: Catalog;
  /** How often tables, columns and rights are compared with those that subscriptions were checked against. */
  readonly recheckIntervalMs: number;
  /** Longest time that comparing rows with filters may hold the stream up. */
  readonly compareTimeoutMs: number;
  isStreamLive(): boolean;
}

const checkTimeoutMs = 3_000;
const stateSql = 'select realtime.publication_state($1, $2) as state';

/**
 * All channels that ask for changes: checks their bindings, and does so again when the tables they are about have
 * changed. Questions about filters have connections of their own, so that a slow one keeps nobody else waiting.
 */
export class Subscribers {
  readonly subscriptions: ChangeSubscriptions<ChangeSubscription>;
  readonly #options: SubscribersOptions;
  readonly #checks: Database;
  /** Apart from the others, because patterns may take long. */
  readonly #patternChecks: Database;
  readonly #shared = new SharedWork<CheckedBinding[]>();
  readonly #comparisons: Database;
  /** Also those that were refused: what they lacked may come. */
  readonly #all = new Map<ChangeSubscription, string>();
  readonly slowPatterns = new SlowPatterns();
  /** What all bindings were checked against or after; the empty text is like no other. */
  #state = '';
  #isChecking = false;
  /** Resolves when there is a state. */
  #begun: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SubscribersOptions) {
    this.#options = options;
    const { adminUrl, catalog, logger, compareTimeoutMs } = options;
    this.#checks = new Database(adminUrl, logger, { connections: 2, statementTimeoutMs: checkTimeoutMs });
    this.#patternChecks = new Database(adminUrl, logger, {
      connections: 1,
      statementTimeoutMs: checkTimeoutMs,
    });
    this.#comparisons = new Database(adminUrl, logger, {
      connections: 1,
      statementTimeoutMs: compareTimeoutMs,
    });
    this.subscriptions = new ChangeSubscriptions({
      database: new FilterDatabase(this.#comparisons),
      generated: generatedValues(catalog, new GeneratedColumns(this.#comparisons, logger)),
      onFilterFailed: (subscription, complaint) => subscription.fail(complaint),
    });
  }

  /**
   * Checks a channel's bindings; from now on they are checked again whenever there is a reason.
   * @throws BindingError when they cannot be subscribed, RealtimeError when that cannot be known now
   */
  async check(
    subscription: ChangeSubscription,
    token: VerifiedToken,
    bindings: readonly Binding[],
  ): Promise<CheckedBinding[]> {
    this.#all.set(subscription, token.role);
    this.#watch();
    if (!this.#options.isStreamLive()) throw databaseUnavailable();
    const slow = this.slowPatterns.find(token, bindings);
    if (slow) throw exception(slow, 'a pattern took too long; patterns are taken again in a minute');
    await this.#begun;
    const hasPattern = bindings.some(({ conditions }) => conditions.some(isPattern));
    const database = hasPattern ? this.#patternChecks : this.#checks;
    // After a gap thousands ask the same at once.
    const name = `${token.role} ${JSON.stringify(bindings)}`;
    return this.#shared.do(name, () => checkBindings(database, token.role, bindings));
  }

  forget(subscription: ChangeSubscription): void {
    this.#all.delete(subscription);
    if (this.#all.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Compares tables and rights with what they were, and has subscriptions checked again if they differ. */
  async recheck(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      await this.#begun;
      const state = await this.#readState();
      if (this.#state === state) return;
      this.#state = state;
      // What was found was true a moment after the state was read, and may be another one's truth: look again.
      if (await this.#recheckAll()) this.#state = '';
    } catch (error) {
      this.#options.logger.debug(`tables could not be compared: ${describe(error)}`);
    } finally {
      this.#isChecking = false;
    }
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await Promise.all([this.#checks.close(), this.#patternChecks.close(), this.#comparisons.close()]);
  }

  async #readState(): Promise<string> {
    const roles = [...new Set(this.#all.values())];
    const [row] = await this.#checks.query<{ state: string }>('realtime_publication_state', stateSql, [
      publication,
      roles,
    ]);
    return `${row?.state} ${roles.sort().join()}`;
  }

  /** @returns whether any ended differently than before */
  async #recheckAll(): Promise<boolean> {
    let isAnyChanged = false;
    for (const subscription of [...this.#all.keys()]) {
      if (!this.#all.has(subscription)) continue;
      if (await subscription.recheck()) isAnyChanged = true;
      // There may be thousands, and others wait for the same connections.
      await delay(0);
    }
    return isAnyChanged;
  }

  /** Begins with the state of before the first bindings are checked, so that whatever they miss is a change. */
  #watch(): void {
    if (this.#timer) return;
    this.#begun = this.#readState()
      .catch(() => '')
      .then((state) => void (this.#state = state));
    this.#timer = setInterval(() => void this.recheck(), this.#options.recheckIntervalMs);
    this.#timer.unref();
  }
}
