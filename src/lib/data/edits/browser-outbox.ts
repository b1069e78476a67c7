import type { DataContext } from '../context';
import { reportUnsent } from '../unsent/on-page';
import { browserTurns } from './alone';
import type { Entry } from './entry';
import { Outbox } from './outbox.svelte';
import { lazyStore } from './lazy-store';
import type { OutboxStore } from './outbox-store';
import { sendEdit } from './send';

/** The outbox of this person in this organisation, shared with the other tabs of the browser. */
export class BrowserOutbox {
  readonly outbox: Outbox;
  readonly #channelName: string;
  #channel: BroadcastChannel | undefined;

  constructor(data: DataContext) {
    const name = `tandem-outbox-${data.userId}-${data.orgId}`;
    this.#channelName = name;
    this.outbox = new Outbox({
      name,
      store: lazyStore(() => openStore(data)),
      send: (edit, isRepeat) => sendEdit(data, edit, isRepeat),
      turns: browserTurns(),
      onNews: () => this.#channel?.postMessage(null),
    });
  }

  /** Takes up what is kept, and hears of what other tabs do; returns how to stop. Call it in the browser. */
  start(): () => void {
    const { outbox } = this;
    const load = () =>
      void outbox.reload().then(
        () => outbox.flush(),
        () => undefined,
      );
    this.#channel = new BroadcastChannel(this.#channelName);
    this.#channel.onmessage = () => void outbox.reload().catch(() => undefined);
    load();
    const idsOf = (entries: readonly Entry[]) => entries.map(({ edit }) => edit.id);
    const stopReporting = reportUnsent({
      kind: 'edits',
      known: () => idsOf(outbox.entries),
      unsent: () => idsOf(outbox.entries.filter(({ state }) => state !== 'sending')),
    });
    return () => {
      stopReporting();
      outbox.close();
      this.#channel?.close();
      this.#channel = undefined;
    };
  }
}

/** Loaded with the first edit: a page that is only looked at needs no store. */
async function openStore({ userId, orgId }: DataContext): Promise<OutboxStore> {
  const { openOutboxStore } = await import('./outbox-store');
  return await openOutboxStore(userId, orgId);
}
