import type { DataContext } from '../context';
import { reportUnsent } from '../unsent/on-page';
import { browserTurns } from './alone';
import type { Entry } from './entry';
import { Outbox } from './outbox.svelte';
import { lazyStore } from './lazy-store';
import type { OutboxStore } from './outbox-store';
import { sendEdit } from './send';

const COMES_WITH_PAGE: ReadonlySet<string> = new Set(['organizations', 'profiles']);

/**
 * The outbox of this person in this organisation, shared with the other tabs of the browser. What they change of
 * themselves goes by their own id instead of an organisation's, and is sent from wherever they are.
 */
export class BrowserOutbox {
  readonly outbox: Outbox;
  readonly #channelName: string;
  #channel: BroadcastChannel | undefined;

  /** @param onPageData reads again what comes with the page itself: the organisation, and oneself */
  constructor(data: DataContext, onPageData: () => Promise<void>) {
    const name = `tandem-outbox-${data.userId}`;
    this.#channelName = name;
    this.outbox = new Outbox({
      name,
      scope: data.orgId,
      store: lazyStore(() => openStore(data)),
      send: async (edit, isRepeat) => {
        const answer = await sendEdit(data, edit, isRepeat);
        // Until then the edit stays laid over what the page was loaded with.
        if (COMES_WITH_PAGE.has(edit.table)) await onPageData().catch(() => undefined);
        return answer;
      },
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
