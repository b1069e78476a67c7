import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js';
import { QueryClient, QueryObserver } from '@tanstack/svelte-query';
import { createDataContext, type DataContext } from '$lib/data/context';
import { applyCustomerChange } from '$lib/data/customers/apply';
import type { ColumnData, SummaryLine } from '$lib/data/customers/cache';
import { customerKeys } from '$lib/data/customers/keys';
import { customerQueries } from '$lib/data/customers/queries';
import { NO_FILTERS, parseCustomer, type Customer } from '$lib/data/customers/schema';
import { STAGES } from '$lib/domain/stages';
import { CatchUp } from '$lib/realtime/catch-up/catch-up';
import { readIncomplete } from '$lib/realtime/catch-up/missed-rows';
import { parseEvent } from '$lib/realtime/events';
import { LiveFeed } from '$lib/realtime/live-feed';

/** The board of one person as the app keeps it, over real sockets and requests, without a screen. */
export class Page {
  readonly data: DataContext;
  readonly #client: SupabaseClient;
  readonly #topics: readonly string[];
  readonly #feed: LiveFeed;
  readonly #catchUp: CatchUp;
  readonly #stops: (() => void)[] = [];
  #channels: RealtimeChannel[] = [];
  /** Announcements that reached it. */
  heard = 0;

  private constructor(client: SupabaseClient, orgId: string, userId: string, topics: readonly string[]) {
    this.#client = client;
    this.#topics = topics;
    const queryClient = new QueryClient({
      defaultOptions: { queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: false } },
    });
    this.data = createDataContext({ client: client as never, queryClient, orgId, userId });
    this.#feed = new LiveFeed(this.data, {
      onLayoutChanged: () => undefined,
      onMembershipChanged: () => undefined,
      onSessionsEnded: () => undefined,
      onIncomplete: (changes) =>
        void readIncomplete(this.data, changes).then(
          (found) => this.#feed.applyRead(found),
          () => this.#catchUp.ask(),
        ),
    });
    this.#catchUp = new CatchUp({
      data: this.data,
      feed: this.#feed,
      pageReadAt: () => 0,
      onRefused: () => undefined,
    });
  }

  /** Joins what this person may hear, loads the board and catches up. */
  static async open(client: SupabaseClient, orgId: string, userId: string): Promise<Page> {
    const { data, error } = await client.rpc('my_access', { org_id: orgId });
    if (error) throw error;
    const page = new Page(client, orgId, userId, data.topics);
    await page.#join();
    await page.#load();
    await page.#catchUp.ask();
    return page;
  }

  get cards(): Customer[] {
    return STAGES.flatMap((stage) => this.column(stage));
  }

  column(stage: (typeof STAGES)[number]): Customer[] {
    const key = customerKeys.column(this.data.orgId, stage, NO_FILTERS);
    return this.data.queryClient.getQueryData<ColumnData>(key)?.cards ?? [];
  }

  get summary(): SummaryLine[] {
    return this.data.queryClient.getQueryData(customerKeys.summary(this.data.orgId, NO_FILTERS)) ?? [];
  }

  /** The answer to one's own request. */
  answered(record: unknown): void {
    const row = parseCustomer(record);
    if (row) applyCustomerChange(this.data, { kind: 'upsert', id: row.id, version: row.version, row });
  }

  /** Hears nothing for a while. */
  async dropOut(ms: number): Promise<void> {
    this.#channels = [];
    await this.#client.removeAllChannels();
    await this.#client.realtime.disconnect();
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.#join();
    await this.catchUp({ afterGap: true });
  }

  catchUp(options: { afterGap?: boolean } = {}): Promise<void> {
    return this.#catchUp.ask(options);
  }

  async close(): Promise<void> {
    this.#catchUp.stop();
    for (const stop of this.#stops) stop();
    this.data.queryClient.clear();
    await this.#client.removeAllChannels();
    await this.#client.realtime.disconnect();
  }

  async #join(): Promise<void> {
    await Promise.all(this.#topics.map((topic) => this.#joinTopic(topic)));
  }

  #joinTopic(topic: string): Promise<void> {
    const channel = this.#client.channel(topic, { config: { private: true, broadcast: { self: false } } });
    this.#channels.push(channel);
    channel.on('broadcast', { event: '*' }, (message) => {
      // What a channel still delivers after it was left is not heard.
      if (!this.#channels.includes(channel)) return;
      const event = parseEvent(message.event, message['payload']);
      this.heard += 1;
      if (event?.event === 'change') this.#feed.apply([event.payload]);
      else if (event) this.#feed.receive(event);
    });
    return new Promise((resolve, reject) => {
      channel.subscribe((status, error) => {
        if (status === 'SUBSCRIBED') resolve();
        else if (status === 'CHANNEL_ERROR' || status === 'TIMED_OUT') reject(error ?? new Error(status));
      });
    });
  }

  async #load(): Promise<void> {
    const { queryClient } = this.data;
    const queries = [
      customerQueries.summary(this.data, NO_FILTERS),
      ...STAGES.map((stage) => customerQueries.column(this.data, stage, NO_FILTERS)),
    ];
    await Promise.all(queries.map((query) => queryClient.fetchQuery(query as never)));
    for (const query of queries) {
      this.#stops.push(new QueryObserver(queryClient, query as never).subscribe(() => undefined));
    }
  }
}
