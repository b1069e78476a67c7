import type { DataContext } from '$lib/data/context';
import { fromBase64 } from '$lib/data/notes/base64';
import { forgetNote, readKept, writeKept } from '$lib/data/notes/kept-note';
import { appendUpdate } from '$lib/data/notes/mutations';
import { loadNote } from '$lib/data/notes/queries';
import type { RealtimeEvent } from '$lib/realtime/events';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { topics } from '$lib/realtime/topics';
import { reportUnsent } from '$lib/data/unsent/on-page';
import { toAppError, type AppError } from '$lib/supabase/errors';
import type { OutboxState } from './note-outbox';
import { NoteSending } from './note-sending';
import { NoteText } from './note-text';

/** Messages overtake each other by less than this; what is missing after it is fetched. */
const GAP_MS = 150;
/** A message can be lost without a trace when nothing follows it. */
const LOOK_AGAIN_MS = 60_000;
/** What comes from the database can be had again; what is written here is lost if the page is closed before it is kept. */
const KEEP_MS = 500;
/** A little longer than what is written waits for more to be sent along. */
const KEEP_OWN_MS = 200;
const KEEP_WAITING_MS = 50;
/** How long signing out waits for the answer to what is on its way. */
const ANSWER_MS = 1_000;
const LOOK_MS = 50;

/** The update that adds nothing. */
const NOTHING = new Uint8Array(2);

interface Parts {
  data: DataContext;
  live: LiveOrganization;
  customerId: string;
  mayWrite: () => boolean;
  /** These words were refused, and the note is not on the page any more to say so. */
  onLeft: (words: string) => void;
}

/** One customer's note, open on this screen: the text, what of it is stored, and how the two stay one. */
export class NoteSession {
  readonly text = new NoteText();
  readonly #parts: Parts;
  readonly #sending: NoteSending;
  #isReady = $state(false);
  #error = $state.raw<AppError | null>(null);
  #outboxState = $state<OutboxState>('saved');
  #isKept = $state(true);
  #isKeptNow = $state(true);
  #unsaved = $state.raw('');
  #isDiscarded = false;
  #isLeft = false;
  #loading: Promise<void> | null = null;
  #isStale = false;
  #gap: ReturnType<typeof setTimeout> | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #keepAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sending = new NoteSending({
      text: this.text,
      append: (update) => appendUpdate(parts.data, parts.customerId, update),
      mayWrite: parts.mayWrite,
      onGap: () => this.#fetchSoon(),
      onChanged: () => this.#changed(),
    });
  }

  /** There is a text to show. */
  get isReady(): boolean {
    return this.#isReady;
  }
  /** Why there is none, or why it does not get any newer. */
  get error(): AppError | null {
    return this.#error;
  }
  get saving(): OutboxState {
    return this.#outboxState;
  }
  get refusal(): AppError | null {
    return this.#outboxState === 'refused' ? this.#sending.refusal : null;
  }
  /** The words that were refused: they are on this device and nowhere else. */
  get unsaved(): string {
    return this.#unsaved;
  }
  /** This browser can keep what waits, so that it survives the page being closed. */
  get isKept(): boolean {
    return this.#isKept;
  }
  /** The latest of it has been kept. */
  get isKeptNow(): boolean {
    return this.#isKept && this.#isKeptNow;
  }

  /** Opens the note; returns how to close it. Call it in an effect. */
  start(): () => void {
    const { live, customerId } = this.#parts;
    const opened = this.#open();
    const channel = live.listen(topics.customerNotes(customerId), {
      event: this.#receive,
      catchUp: () => opened.then(() => this.#catchUp()),
    });
    const again = setInterval(() => {
      if (!document.hidden && live.status === 'live') void this.fetch();
    }, LOOK_AGAIN_MS);
    const leave = () => {
      if (document.hidden) this.#secure();
    };
    document.addEventListener('visibilitychange', leave);
    const thisOne = (is: boolean) => (is ? [customerId] : []);
    const stopReporting = reportUnsent({
      kind: 'notes',
      known: () => thisOne(this.#outboxState !== 'saved'),
      unsent: () => thisOne(this.#outboxState !== 'saved'),
      settle: async () => {
        await this.#answered();
        if (this.#keeping) await this.#keep();
      },
    });
    return () => {
      stopReporting();
      document.removeEventListener('visibilitychange', leave);
      clearInterval(again);
      clearTimeout(this.#gap);
      channel.leave();
      this.#isLeft = true;
      this.#secure();
      this.#sending.close();
    };
  }

  /** What is on its way has arrived before anybody could answer a question about it, as a rule. */
  async #answered(): Promise<void> {
    for (let waited = 0; waited < ANSWER_MS && this.#sending.state === 'saving'; waited += LOOK_MS)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  /** Asks what has been written since; one question at a time. */
  fetch(): Promise<void> {
    this.#isStale = true;
    this.#loading ??= this.#fetchAll().finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** Sends what was refused once more: it was shortened, or there is room by now. */
  async retry(): Promise<void> {
    await this.fetch();
    this.#sending.retry();
  }

  /** Throws away what could not be saved. The text of this session holds it, so the page makes a new one afterwards. */
  async discard(): Promise<void> {
    this.#isDiscarded = true;
    await forgetNote(this.#parts.data, this.#parts.customerId);
  }

  async #open(): Promise<void> {
    const { data, customerId } = this.#parts;
    const kept = await readKept(data, customerId);
    if (kept) {
      this.text.restore(kept.state, kept.seq, kept.pending);
      this.#isReady = true;
      // Of whoever may not write any more as well: the database says so, and the person is told.
      if (kept.pending.length > 0) this.#sending.restore(kept.pending);
    }
    await this.#catchUp();
  }

  /** What waits is sent onto what the others have written meanwhile. */
  async #catchUp(): Promise<void> {
    await this.fetch();
    this.#sending.flush();
  }

  async #fetchAll(): Promise<void> {
    const { data, customerId } = this.#parts;
    while (this.#isStale) {
      this.#isStale = false;
      try {
        this.text.load(await loadNote(data, customerId, this.text.seq));
        this.#error = null;
        this.#isReady = true;
        this.#sending.confirm();
        this.#keepSoon();
      } catch (cause) {
        this.#error = toAppError(cause);
        // What may not be seen any more is not kept either.
        if (this.#error.kind === 'not_found') await this.#leaveOut();
      }
    }
  }

  /** The note is out of sight. What this person wrote and nobody has stays theirs: to be copied, or sent if it comes back. */
  async #leaveOut(): Promise<void> {
    const { data, customerId, onLeft } = this.#parts;
    this.#isReady = false;
    await forgetNote(data, customerId);
    const [pending, words] = [this.#sending.pending(), this.text.missingWords()];
    if (pending.length === 0) return;
    await writeKept(data, customerId, { state: NOTHING, seq: 0, pending }, this.#sending.settled);
    if (words) onLeft(words);
  }

  #receive = (event: RealtimeEvent): void => {
    if (event.event !== 'note_update') return;
    const { seq, update } = event.payload;
    const bytes = typeof update === 'string' ? fromBase64(update) : null;
    if (!bytes || !this.#isReady) {
      if (seq > this.text.seq) this.#fetchSoon();
    } else if (this.text.receive(seq, bytes)) {
      this.#sending.confirm();
      this.#keepSoon();
    } else this.#fetchSoon();
  };

  #fetchSoon(): void {
    clearTimeout(this.#gap);
    this.#gap = setTimeout(() => void this.fetch(), GAP_MS);
  }

  #changed(): void {
    this.#outboxState = this.#sending.state;
    this.#unsaved = this.#outboxState === 'refused' ? this.text.missingWords() : '';
    if (this.#isReady && this.#sending.refusal?.kind === 'not_found') void this.#leaveOut();
    else if (this.#isLeft && this.#unsaved) this.#parts.onLeft(this.#unsaved);
    this.#keepSoon(this.#outboxState === 'saving' ? KEEP_OWN_MS : KEEP_WAITING_MS);
  }

  #keepSoon(delay = KEEP_MS): void {
    this.#isKeptNow = false;
    const at = Date.now() + delay;
    if (this.#keeping !== undefined && this.#keepAt <= at) return;
    clearTimeout(this.#keeping);
    this.#keepAt = at;
    this.#keeping = setTimeout(() => void this.#keep(), delay);
  }

  /** Sends and keeps at once: the page is being left. */
  #secure(): void {
    this.#sending.flush();
    if (this.#keeping) void this.#keep();
  }

  async #keep(): Promise<void> {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    if (!this.#isReady || this.#isDiscarded) return;
    const { data, customerId } = this.#parts;
    const text = { state: this.text.sharedState(), seq: this.text.seq, pending: this.#sending.pending() };
    this.#isKept = await writeKept(data, customerId, text, this.#sending.settled);
    this.#isKeptNow = this.#keeping === undefined;
  }
}
