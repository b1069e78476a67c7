import { createContext } from 'svelte';
import { customerKeys } from '$lib/data/customers/keys';
import type { DataContext } from '$lib/data/context';
import { interactionKeys } from '$lib/data/interactions/keys';
import { labelKeys } from '$lib/data/labels/queries';
import { memberKeys } from '$lib/data/members/keys';
import { notificationKeys } from '$lib/data/notifications/keys';
import { productKeys } from '$lib/data/products/keys';
import { territoryKeys } from '$lib/data/territories/keys';
import type { Workspace } from '$lib/data/workspace.svelte';
import type { ConnectionStatus } from './connection';
import type { LiveFeed } from './live-feed';
import type { PresentPerson } from './presence';
import type { ChannelHandle, ChannelListener, ChannelRegistry } from './registry.svelte';
import { carriesCustomers, topics, type Topic } from './topics';
import { TrackPace } from './track-pace';

/** Keeps one organisation on screen true: joins its channels, catches up after gaps, knows who is here. */
export class LiveOrganization {
  readonly #registry: ChannelRegistry;
  readonly #feed: LiveFeed;
  readonly #data: DataContext;
  readonly #workspace: Workspace;
  #here = $state.raw<PresentPerson[]>([]);
  #organization: ChannelHandle | null = null;
  #trackTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #trackPace = new TrackPace();

  constructor(parts: { registry: ChannelRegistry; feed: LiveFeed; data: DataContext; workspace: Workspace }) {
    this.#registry = parts.registry;
    this.#feed = parts.feed;
    this.#data = parts.data;
    this.#workspace = parts.workspace;
  }

  get status(): ConnectionStatus {
    return this.#registry.status;
  }

  /** Members who have a page of this organisation open, oneself left out. Without a connection nobody knows. */
  readonly colleagues: readonly PresentPerson[] = $derived.by(() =>
    this.status === 'offline'
      ? []
      : this.#here.filter(
          ({ userId }) => userId !== this.#workspace.userId && this.#workspace.people.has(userId),
        ),
  );

  listen(topic: Topic, listener: ChannelListener): ChannelHandle {
    return this.#registry.listen(topic, listener);
  }

  /** Joins what every page of the organisation needs; returns how to stop. Call it in an effect. */
  start(): () => void {
    const { orgId, userId } = this.#data;
    const { receive } = this.#feed;
    this.#organization = this.#registry.listen(topics.organization(orgId), {
      event: receive,
      presence: (people) => (this.#here = people),
      catchUp: () =>
        this.#refetch([
          productKeys.all(orgId),
          labelKeys.all(orgId),
          memberKeys.all(orgId),
          memberKeys.invitations(orgId),
          territoryKeys.all(orgId),
        ]),
    });
    const user = this.#registry.listen(topics.user(userId), {
      event: receive,
      catchUp: () => this.#refetch([notificationKeys.all(orgId)]),
    });
    return () => {
      clearTimeout(this.#trackTimer);
      this.#organization?.leave();
      user.leave();
    };
  }

  /** Joins where this person's customers are announced. Call it in an effect: what one may see can change. */
  followCustomers(): () => void {
    const wanted = this.#workspace.access.topics ?? [];
    const handles = wanted.filter(carriesCustomers).map((topic, index) =>
      this.#registry.listen(topic, {
        event: this.#feed.receive,
        // One refetch covers what all of them may have missed.
        catchUp: () => (index === 0 ? this.#catchUpCustomers() : undefined),
      }),
    );
    return () => handles.forEach((handle) => handle.leave());
  }

  /** Joins one customer's channel, where its interactions are announced. */
  followCustomer(customerId: string): ChannelHandle {
    const { orgId } = this.#data;
    return this.#registry.listen(topics.customer(customerId), {
      event: this.#feed.receive,
      catchUp: () =>
        this.#refetch([interactionKeys.timeline(orgId, customerId), customerKeys.detail(orgId, customerId)]),
    });
  }

  /** Tells the others which page this person looks at. */
  showPage(page: string): void {
    clearTimeout(this.#trackTimer);
    this.#trackTimer = setTimeout(() => {
      this.#trackPace.sent(Date.now());
      this.#organization?.track({ user_id: this.#data.userId, page, at: new Date().toISOString() });
    }, this.#trackPace.wait(Date.now()));
  }

  /**
   * What this person may see has changed: every channel is asked for again, what is on screen is fetched again, and what
   * was only kept for later is forgotten, so that nothing stays which may no longer be seen.
   */
  rejoin(): void {
    const { queryClient, orgId } = this.#data;
    this.#registry.rejoin();
    for (const queryKey of [customerKeys.all(orgId), interactionKeys.all(orgId)]) {
      queryClient.removeQueries({ queryKey, type: 'inactive' });
    }
    void this.#catchUpCustomers();
    void this.#refetch([interactionKeys.all(orgId), notificationKeys.all(orgId)]);
  }

  suspend(): void {
    this.#registry.suspend();
  }

  resume(): Promise<void> {
    return this.#registry.resume();
  }

  #catchUpCustomers(): Promise<void> {
    this.#data.recentCustomers.forget();
    return this.#refetch([customerKeys.all(this.#data.orgId)]);
  }

  async #refetch(keys: readonly (readonly string[])[]): Promise<void> {
    await Promise.all(keys.map((queryKey) => this.#data.queryClient.invalidateQueries({ queryKey })));
  }
}

/** Set once by the layout of an organisation. */
export const [useLive, setLive] = createContext<LiveOrganization>();
