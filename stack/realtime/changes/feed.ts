import type { BusMember, Buses } from '../bus.ts';
import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import { holdsBroadcasts, toBroadcast } from '../replication/messages.ts';
import type { Relation } from '../replication/pgoutput.ts';
import type { Catalog } from './catalog.ts';
import { FailureReports } from './delivery.ts';
import { Payloads } from './payload.ts';
import { ChangePipeline } from './pipeline.ts';
import type { ChangeKind, ChangeMatcher, ChangeReceiver, CommittedTransaction } from './types.ts';
import { Visibility, type VisibilityLimits } from './visibility.ts';

export interface FeedOptions<Receiver extends ChangeReceiver> {
  readonly adminUrl: string;
  readonly database: Database;
  readonly catalog: Catalog;
  readonly limits: VisibilityLimits;
  readonly logger: Logger;
  readonly buses: Buses;
  readonly matcher: ChangeMatcher<Receiver>;
  /** The transaction may be acknowledged. */
  delivered(transaction: CommittedTransaction): void;
  /** Changes may be missing: whoever listens to changes has to join anew. */
  onLoss(): void;
}

/**
 * Gives what the stream brings to whom it is for: broadcasts to their buses, changes to the pipeline. Each socket gets
 * both in commit order. A socket that listens to no changes never waits for them.
 */
export class Feed<Receiver extends ChangeReceiver> {
  readonly #options: FeedOptions<Receiver>;
  readonly #visibility: Visibility;
  readonly #pipeline: ChangePipeline<Receiver>;

  constructor(options: FeedOptions<Receiver>) {
    const { adminUrl, database, catalog, limits, logger, matcher, onLoss } = options;
    this.#options = options;
    this.#visibility = new Visibility(adminUrl, limits, logger);
    this.#pipeline = new ChangePipeline({
      matcher,
      visibility: this.#visibility,
      encoder: new Payloads({ database, catalog, logger }),
      reports: new FailureReports(),
      logger,
      onLoss,
    });
  }

  /** Counters since the server began. */
  get stats() {
    return { ...this.#pipeline.counters, ...this.#visibility.counters };
  }

  /** Whether a kind of change is of use to anybody. */
  isWanted(relation: Relation, kind: ChangeKind): boolean {
    if (holdsBroadcasts(relation)) return kind === 'INSERT';
    return this.#options.matcher.hasListeners(relation.schema, relation.name, kind);
  }

  take(transaction: CommittedTransaction): void {
    for (const change of transaction.changes) {
      if (!holdsBroadcasts(change.relation)) this.#pipeline.add(change, transaction);
      else {
        const sent = toBroadcast(change, transaction.id);
        if (sent) this.#publish(sent.broadcast, sent.isPrivate);
      }
    }
    this.#pipeline.after(() => this.#options.delivered(transaction));
  }

  /** Forgets what is under way: the stream has a gap, and everybody joins anew. */
  reset(): void {
    this.#pipeline.reset();
  }

  close(): Promise<void> {
    this.reset();
    return this.#visibility.close();
  }

  #publish(...[broadcast, isPrivate]: Parameters<Buses['publish']>): void {
    const { buses } = this.#options;
    if (!this.#pipeline.isBehind) return buses.publish(broadcast, isPrivate);
    const waiting: BusMember[] = [];
    buses.publish(broadcast, isPrivate, (member) => member.awaitsChanges && waiting.push(member) > 0);
    if (waiting.length > 0)
      this.#pipeline.after(() => waiting.forEach((member) => member.deliver(broadcast)));
  }
}
