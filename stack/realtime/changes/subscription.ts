import type { Channel } from '../channel.ts';
import { RealtimeError } from '../errors.ts';
import { describe } from '../logger.ts';
import { BindingError } from './binding-error.ts';
import { exception } from './binding-check.ts';
import type { Binding } from './binding.ts';
import type { Subscribers } from './subscribers.ts';
import type { CheckedBinding } from './subscriptions.ts';
import type { ChangeReceiver, ClaimSet } from './types.ts';

/** How an attempt to subscribe ended. */
type Outcome =
  | { readonly status: 'subscribed' }
  /** No use trying again. */
  | { readonly status: 'refused'; readonly message: string }
  | { readonly status: 'unavailable'; readonly message: string }
  /** Meanwhile the channel closed, or a newer attempt began. */
  | { readonly status: 'outdated' };

/** What is said of a statement that ran into the time limit. */
const timeLimit = 'ERROR 57014';
const firstWaitMs = 100;
const longestWaitMs = 1_000;

/** A channel that listens to changes: from its join to its end it is subscribed, refused, or waits for the database. */
export class ChangeSubscription implements ChangeReceiver {
  readonly channel: Channel;
  /** Why the bindings cannot be understood at all, instead of the bindings. */
  readonly #bindings: readonly Binding[] | BindingError;
  /** Of the current subscription, or of the last one. */
  #claims: ClaimSet | null = null;
  #isSubscribed = false;
  #attempt = 0;
  /** Attempts that are not over. */
  #underWay = 0;
  #retryTimer: NodeJS.Timeout | null = null;
  #announced: Outcome['status'] | null = null;

  constructor(channel: Channel, bindings: readonly Binding[] | BindingError) {
    this.channel = channel;
    this.#bindings = bindings;
  }

  get bindingCount(): number {
    return this.#bindings instanceof BindingError ? 0 : this.#bindings.length;
  }

  get claims(): ClaimSet {
    if (!this.#claims) throw new Error('Changes are matched for subscribed channels only.');
    return this.#claims;
  }

  get isListening(): boolean {
    return this.#isSubscribed && !this.channel.isClosed && this.channel.token.expiresAt * 1000 > Date.now();
  }

  get topic(): string {
    return this.channel.topic;
  }

  get version(): '1.0.0' | '2.0.0' {
    return this.channel.socket.version;
  }

  deliverChange(frame: Buffer): void {
    if (this.isListening) this.channel.sendChange(frame);
  }

  changesFailed(message: string): void {
    this.channel.system('error', message, 'postgres_changes');
  }

  crash(): void {
    this.channel.crash();
  }

  /** Subscribes, before the join is answered. What came of it is to be announced after the answer. */
  async join(): Promise<Outcome> {
    return this.#subscribe();
  }

  /**
   * Subscribes, waiting for a database that is away.
   * @throws RealtimeError when it cannot be, or the time is over
   */
  async joinWithin(timeoutMs: number): Promise<Outcome> {
    const deadline = performance.now() + timeoutMs;
    for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, longestWaitMs)) {
      const outcome = await withDeadline(this.#subscribe(), deadline);
      if (outcome?.status === 'refused')
        throw new RealtimeError('RealtimeDisabledForConfiguration', outcome.message);
      if (outcome && outcome.status !== 'unavailable') return outcome;
      const left = deadline - performance.now();
      if (left <= 0)
        throw new RealtimeError(
          'PostgresChangesSubscribeTimeout',
          `Timed out after ${timeoutMs}ms waiting for the postgres_changes subscription`,
        );
      await this.channel.socket.context.replicationLive(Math.min(wait, left));
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, left)));
    }
  }

  /** Tells the client how an attempt ended, and tries again later if that may help. */
  announce(outcome: Outcome): void {
    if (outcome.status === 'outdated' || this.channel.isClosed) return;
    this.#announced = outcome.status;
    if (outcome.status === 'subscribed')
      return this.channel.system('ok', 'Subscribed to PostgreSQL', 'postgres_changes');
    this.channel.system('error', outcome.message, 'postgres_changes');
    if (outcome.status === 'unavailable') this.#retryLater();
  }

  /** Subscribes again, as whoever the channel's token says now. */
  async renew(): Promise<void> {
    if (!this.#isSubscribed || this.#claims?.role !== this.channel.token.role) {
      const outcome = await this.#subscribe();
      // Whoever heard of changes before must not miss some without knowing.
      if (outcome.status === 'unavailable' && this.#announced === 'subscribed') this.crash();
      else this.announce(outcome);
      return;
    }
    // The bindings were checked for the role, and will be again if its rights change.
    const former = this.#claims;
    this.#claims = this.#holdClaims();
    this.channel.socket.context.changes.subscriptions.claimSets.release(former);
    this.announce({ status: 'subscribed' });
  }

  /**
   * Subscribes again because tables, columns or rights changed; silent when nothing comes of it.
   * @returns whether something did, or may yet
   */
  async recheck(): Promise<boolean> {
    // An attempt is under way or not told of yet, and may have seen what was before: to be asked again.
    if (this.#underWay > 0 || this.#announced === null) return true;
    if (this.#announced === 'unavailable') return false;
    const outcome = await this.#subscribe({ isRecheck: true });
    // The database could not be asked, or somebody else asks: what changed is still to be found out.
    if (outcome.status === 'outdated') return true;
    if (outcome.status === this.#announced) return false;
    this.announce(outcome);
    return true;
  }

  /** A filter could not be evaluated. The channel goes on without its bindings. */
  fail(complaint: string): void {
    this.#release();
    const [first] = this.#bindings instanceof BindingError ? [] : this.#bindings;
    const message = first ? exception(first, complaint).message : complaint;
    this.#rememberSlowPatterns(message);
    this.announce({ status: 'refused', message });
  }

  /** The channel is gone. */
  end(): void {
    this.#attempt++;
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    const { changes } = this.channel.socket.context;
    changes.forget(this);
    this.#release();
  }

  async #subscribe({ isRecheck = false } = {}): Promise<Outcome> {
    const { context } = this.channel.socket;
    const attempt = ++this.#attempt;
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    this.#underWay++;
    try {
      if (this.#bindings instanceof BindingError) throw this.#bindings;
      const checked = await context.changes.check(this, this.channel.token, this.#bindings);
      if (this.channel.isClosed || attempt !== this.#attempt) return { status: 'outdated' };
      this.#enter(context.changes.subscriptions, checked);
      return { status: 'subscribed' };
    } catch (error) {
      if (attempt !== this.#attempt) return { status: 'outdated' };
      // What cannot be checked again now goes on as it is.
      if (isRecheck && !(error instanceof BindingError)) return { status: 'outdated' };
      this.#release();
      if (error instanceof BindingError) {
        this.#rememberSlowPatterns(error.message);
        return { status: 'refused', message: error.message };
      }
      if (!(error instanceof RealtimeError)) throw error;
      context.logger.warn(`UnableToSubscribeToPostgres: ${describe(error)}`);
      return { status: 'unavailable', message: error.reason };
    } finally {
      this.#underWay--;
    }
  }

  #enter(subscriptions: Subscribers['subscriptions'], bindings: readonly CheckedBinding[]): void {
    const claims = this.#holdClaims();
    this.#release();
    this.#claims = claims;
    this.#isSubscribed = true;
    subscriptions.set(this, bindings);
  }

  #holdClaims(): ClaimSet {
    const { role, claimsJson } = this.channel.token;
    return this.channel.socket.context.changes.subscriptions.claimSets.hold(role, claimsJson);
  }

  #release(): void {
    if (!this.#isSubscribed || !this.#claims) return;
    this.#isSubscribed = false;
    const { subscriptions } = this.channel.socket.context.changes;
    subscriptions.remove(this);
    subscriptions.claimSets.release(this.#claims);
  }

  #rememberSlowPatterns(complaint: string): void {
    if (this.#bindings instanceof BindingError || !complaint.includes(timeLimit)) return;
    this.channel.socket.context.changes.slowPatterns.remember(this.channel.token, this.#bindings);
  }

  #retryLater(): void {
    const { limits, logger } = this.channel.socket.context;
    const retry = () =>
      this.renew().catch((error: unknown) => {
        logger.error('subscribing to changes failed', error);
        this.crash();
      });
    this.#retryTimer = setTimeout(() => void retry(), limits.changesRetryMs * (1 + Math.random()));
    this.#retryTimer.unref();
  }
}

/** The result, or null once the time is over. */
async function withDeadline<Value>(result: Promise<Value>, deadline: number): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([result, expired]);
  } finally {
    clearTimeout(timer);
  }
}
