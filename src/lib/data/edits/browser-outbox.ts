import { isMember } from '$lib/domain/permissions';
import { AppError, toAppError } from '$lib/supabase/errors';
import { fetchAccess } from '../access/my-access';
import type { DataContext } from '../context';
import { reportUnsent } from '../unsent/on-page';
import { browserTurns } from './alone';
import { Outbox } from './outbox.svelte';
import { lazyStore } from './lazy-store';
import type { OutboxStore } from './outbox-store';
import { sendEdit } from './send';

const COMES_WITH_PAGE: ReadonlySet<string> = new Set(['organizations', 'profiles']);
/** The page comes from another server than the data: while that one is away, edits go on. */
const PAGE_PATIENCE_MS = 5_000;
/** How long signing out waits for the answer to what is on its way. */
const ANSWER_PATIENCE_MS = 1_000;

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
        const answer = await sendEdit(data, edit, isRepeat).catch(async (cause: unknown) => {
          if (isRepeat) await refuseOnlyAsOneself(data, toAppError(cause));
          throw cause;
        });
        // Until then the edit stays laid over what the page was loaded with.
        if (COMES_WITH_PAGE.has(edit.table)) await patiently(onPageData(), PAGE_PATIENCE_MS);
        return answer;
      },
      turns: browserTurns(),
      onNews: () => this.#channel?.postMessage(null),
    });
  }

  /** Takes up what is kept, and hears of what other tabs do; returns how to stop. Call it in the browser. */
  start(): () => void {
    const { outbox } = this;
    this.#channel = new BroadcastChannel(this.#channelName);
    this.#channel.onmessage = () => void outbox.reload().catch(() => undefined);
    this.resume();
    const look = () => {
      if (!document.hidden) this.resume();
    };
    document.addEventListener('visibilitychange', look);
    const ids = () => outbox.entries.map(({ edit }) => edit.id);
    const stopReporting = reportUnsent({
      kind: 'edits',
      known: ids,
      unsent: ids,
      settle: () => patiently(outbox.idle(), ANSWER_PATIENCE_MS),
    });
    return () => {
      stopReporting();
      document.removeEventListener('visibilitychange', look);
      outbox.close();
      this.#channel?.close();
      this.#channel = undefined;
    };
  }

  /** There may be hope: sends what this page waits with, and what tabs that ended have left. */
  resume(): void {
    void this.outbox.reload().then(
      () => this.outbox.flush(),
      () => undefined,
    );
  }
}

async function patiently(work: Promise<unknown>, patience: number): Promise<void> {
  await Promise.race([work.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, patience))]);
}

/**
 * What was done earlier is not refused because of how one looks at the organisation just now: through another role, or before the
 * second factor was asked for. It waits until one is oneself again.
 */
async function refuseOnlyAsOneself(data: DataContext, { kind }: AppError): Promise<void> {
  if (kind !== 'not_found' && kind !== 'forbidden') return;
  const access = await fetchAccess(data);
  if (access.viewingAs !== null || !isMember(access))
    throw new AppError({ kind: 'auth', code: 'not_allowed' });
}

/** Loaded with the first edit: a page that is only looked at needs no store. */
async function openStore({ userId, orgId }: DataContext): Promise<OutboxStore> {
  const { openOutboxStore } = await import('./outbox-store');
  return await openOutboxStore(userId, orgId);
}
