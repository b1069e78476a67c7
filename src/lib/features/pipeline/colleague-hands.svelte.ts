import type { Workspace } from '$lib/data/workspace.svelte';
import type { HoldEvent, RealtimeEvent } from '$lib/realtime/events';
import {
  expireHolds,
  HoldSender,
  receiveHold,
  receiveRelease,
  type Hold,
  type Holds,
} from '$lib/realtime/holds';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { topics } from '$lib/realtime/topics';

/** A dropped card's new place is announced a moment after the hand let go; until then it stays where it was let go. */
const RELEASE_GRACE_MS = 250;

/** The cards in other people's hands, and the one in ours as the others see it. */
export class ColleagueHands {
  readonly #workspace: Workspace;
  readonly #live: LiveOrganization;
  readonly #released = new Set<string>();
  #holds = $state.raw<Holds>(new Map());
  #sender: HoldSender | null = null;

  readonly byCustomer: ReadonlyMap<string, Hold> = $derived.by(
    () => new Map([...this.#holds.values()].map((hold) => [hold.customer_id, hold])),
  );

  constructor(workspace: Workspace, live: LiveOrganization) {
    this.#workspace = workspace;
    this.#live = live;
  }

  get all(): Hold[] {
    return [...this.#holds.values()];
  }

  /** Joins the board's channel; returns how to leave. */
  start(): () => void {
    const channel = this.#live.listen(topics.pipeline(this.#workspace.orgId), {
      event: this.#receive,
    });
    this.#sender = new HoldSender(channel.send, this.#workspace.userId);
    const timer = setInterval(() => (this.#holds = expireHolds(this.#holds, Date.now())), 500);
    return () => {
      clearInterval(timer);
      this.#sender?.release();
      this.#sender = null;
      channel.leave();
      this.#holds = new Map();
    };
  }

  tell(position: Omit<HoldEvent, 'user_id'>): void {
    this.#sender?.move(position);
  }

  tellReleased(): void {
    this.#sender?.release();
  }

  /** The card has a new place: whoever held it has let go. */
  forget(customerId: string): void {
    const hold = this.byCustomer.get(customerId);
    if (hold && this.#released.has(hold.user_id)) this.#drop(hold.user_id, customerId);
  }

  #receive = (event: RealtimeEvent): void => {
    if (event.event === 'hold') {
      const isColleague = (userId: string) => this.#live.isColleague(userId);
      this.#released.delete(event.payload.user_id);
      this.#holds = receiveHold(this.#holds, event.payload, Date.now(), isColleague);
    } else if (event.event === 'release') {
      const { user_id: userId, customer_id: customerId } = event.payload;
      this.#released.add(userId);
      setTimeout(() => {
        if (this.#released.has(userId)) this.#drop(userId, customerId);
      }, RELEASE_GRACE_MS);
    }
  };

  #drop(userId: string, customerId: string): void {
    this.#released.delete(userId);
    this.#holds = receiveRelease(this.#holds, { user_id: userId, customer_id: customerId });
  }
}
