import { createContext } from 'svelte';
import { customerKeys } from '$lib/data/customers/keys';
import type { DataContext } from '$lib/data/context';
import { interactionKeys } from '$lib/data/interactions/keys';
import type { Workspace } from '$lib/data/workspace.svelte';
import type { AccessWatch } from './access-watch';
import type { CatchUp } from './catch-up/catch-up';
import { watchWaking } from './catch-up/wake-watch';
import type { ConnectionStatus } from './connection';
import type { LiveFeed } from './live-feed';
import type { PresentPerson } from './presence';
import { PageTeller } from './page-teller';
import type { ChannelHandle, ChannelListener, ChannelRegistry } from './registry.svelte';
import { carriesCustomers, customerTopics, topics, type Topic } from './topics';

/** How often the log is asked while all is well, should anything have been lost on the way. */
const SAFETY_NET_MS = 60_000;
/** How often it is asked for somebody with more bricks than channels can be joined: some changes they only learn of so. */
const UNHEARD_MS = 5_000;

interface Parts {
  registry: ChannelRegistry;
  feed: LiveFeed;
  catchUp: CatchUp;
  access: AccessWatch;
  data: DataContext;
  workspace: Workspace;
}

/** Keeps one organisation on screen true: joins its channels, catches up after gaps, knows who is here. */
export class LiveOrganization {
  readonly #parts: Parts;
  readonly #pages: PageTeller;
  #here = $state.raw<PresentPerson[]>([]);
  /** For how many looks in a row there has been a network and no connection. */
  #offlineTicks = 0;
  #hasCaughtUp = false;
  /** As one text: the list is another one each time the page's data is read, whatever is in it. */
  readonly #customerTopics = $derived.by(() =>
    customerTopics(this.#parts.workspace.access.topics ?? []).joined.join(' '),
  );

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#pages = new PageTeller(parts.data.userId);
  }

  get status(): ConnectionStatus {
    return this.#parts.registry.status;
  }

  /** Members who have a page of this organisation open, oneself left out. Without a connection nobody knows. */
  readonly colleagues: readonly PresentPerson[] = $derived.by(() =>
    this.status === 'offline' ? [] : this.#here.filter(({ userId }) => this.isColleague(userId)),
  );

  /** Whether somebody may be shown: a member who has not left, and not oneself. */
  isColleague(userId: string): boolean {
    const { userId: me, people } = this.#parts.workspace;
    return userId !== me && (people.get(userId)?.isActive ?? false);
  }

  listen(topic: Topic, listener: ChannelListener): ChannelHandle {
    return this.#parts.registry.listen(topic, listener);
  }

  /** Joins what every page of the organisation needs; returns how to stop. Call it in an effect. */
  start(): () => void {
    const { registry, feed, catchUp, data } = this.#parts;
    const organization = registry.listen(topics.organization(data.orgId), {
      event: feed.receive,
      presence: (people) => (this.#here = people),
      catchUp: () => this.#catchUp(),
    });
    // What one may see is announced here.
    const user = registry.listen(topics.user(data.userId), {
      event: feed.receive,
      catchUp: () => this.#catchUp(),
    });
    const stopTelling = this.#pages.start(organization);
    const stopWatching = watchWaking({
      onSlept: () => registry.reconnect(),
      onLookedAt: () => registry.during(this.#catchUp()),
      onTick: () => this.#insist(),
    });
    const stopAsking = this.#askNowAndThen();
    return () => {
      stopAsking();
      stopWatching();
      stopTelling();
      catchUp.stop();
      organization.leave();
      user.leave();
    };
  }

  /** Follows this person's customers. Call it in an effect: what one may see can change. */
  followCustomers(): () => void {
    const { feed, catchUp } = this.#parts;
    return this.listenToCustomers({ event: feed.receive, catchUp: () => catchUp.ask() });
  }

  /** Listens where this person's customers are announced. Call it in an effect: what one may see can change. */
  listenToCustomers(listener: ChannelListener): () => void {
    const joined = this.#customerTopics.split(' ').filter(carriesCustomers);
    const handles = joined.map((topic) => this.listen(topic, listener));
    return () => handles.forEach((handle) => handle.leave());
  }

  /** Joins one customer's channel, where its interactions are announced; returns how to leave. */
  followCustomer(customerId: string): Pick<ChannelHandle, 'leave'> {
    const { registry, feed, catchUp } = this.#parts;
    const topic = topics.customer(customerId);
    const unfollow = catchUp.follow(topic);
    const handle = registry.listen(topic, {
      event: feed.receive,
      catchUp: () => this.#catchUpCustomer(customerId),
    });
    return {
      leave: () => {
        unfollow();
        handle.leave();
      },
    };
  }

  /** Tells the others which page this person looks at. */
  showPage(page: string): void {
    this.#pages.show(page);
  }

  /** What this person may see has changed: every channel is asked for again, and all that is shown. */
  rejoin(): void {
    this.#parts.registry.rejoin();
    this.#parts.registry.during(this.#parts.access.changed());
  }

  suspend(): void {
    this.#parts.registry.suspend();
  }

  resume(): Promise<void> {
    return this.#parts.registry.resume();
  }

  /**
   * With a network there has to be a connection. A machine that wakes up may get its network without an event that says
   * so, and a socket that closes late can leave the client waiting for nothing.
   */
  #insist(): void {
    const { registry } = this.#parts;
    if (!navigator.onLine) return;
    void registry.resume();
    this.#offlineTicks = registry.status === 'offline' ? this.#offlineTicks + 1 : 0;
    if (this.#offlineTicks < 2) return;
    this.#offlineTicks = 0;
    registry.reconnect();
  }

  async #catchUp(): Promise<void> {
    const { access, catchUp } = this.#parts;
    const isGap = this.#hasCaughtUp;
    // While nothing was heard, the right to see it may have gone as well.
    if (isGap) await access.check();
    await catchUp.ask({ afterGap: isGap });
    this.#hasCaughtUp = true;
  }

  /** What was read of the customer before the log covers it is read again. */
  async #catchUpCustomer(customerId: string): Promise<void> {
    const { catchUp, data } = this.#parts;
    await catchUp.ask();
    const keys = [
      interactionKeys.timeline(data.orgId, customerId),
      customerKeys.detail(data.orgId, customerId),
    ];
    await Promise.all(
      keys.map((queryKey) => {
        const readAt = data.queryClient.getQueryState(queryKey)?.dataUpdatedAt ?? Infinity;
        if (catchUp.covers(topics.customer(customerId), readAt)) return undefined;
        return data.queryClient.invalidateQueries({ queryKey });
      }),
    );
  }

  #askNowAndThen(): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const plan = () => {
      const { isAll } = customerTopics(this.#parts.workspace.access.topics ?? []);
      timer = setTimeout(ask, (isAll ? SAFETY_NET_MS : UNHEARD_MS) * (0.75 + Math.random() / 2));
    };
    const ask = () => {
      if (this.status === 'live' && !document.hidden) void this.#parts.catchUp.ask();
      plan();
    };
    plan();
    return () => clearTimeout(timer);
  }
}

/** Set once by the layout of an organisation. */
export const [useLive, setLive] = createContext<LiveOrganization>();
