import type { PendingUpdate } from '$lib/data/notes/mutations';
import { AppError } from '$lib/supabase/errors';
import { NoteOutbox, type OutboxState } from './note-outbox';
import type { NoteText } from './note-text';

export interface SendingHost {
  text: NoteText;
  /** Stores an update in the database, which does not look into it; throws an `AppError`. */
  append: (update: PendingUpdate) => Promise<number>;
  mayWrite: () => boolean;
  /** Numbers before that of an own update have not been heard of. */
  onGap: () => void;
  /** Something about what waits has changed. */
  onChanged: () => void;
}

/**
 * Brings what is written here to everybody, or finds out that it does not get there. A note takes only so much, and
 * whoever shows or merges it leaves out what is beyond; so it is asked before sending, and looked at afterwards, as somebody
 * else can have filled the note between the two.
 */
export class NoteSending {
  readonly #host: SendingHost;
  readonly #outbox: NoteOutbox;
  readonly #stopHearing: () => void;
  /** What was stored, with numbers before it that are not here yet. */
  #unconfirmed: { seq: number; update: Uint8Array }[] = [];
  /** Showing the text to somebody who may only read has tidied it up. */
  #isTidied = false;

  constructor(host: SendingHost) {
    this.#host = host;
    this.#outbox = new NoteOutbox({
      append: (update) => this.#append(update),
      onStored: (seq, { update }) => {
        this.#unconfirmed.push({ seq, update });
        if (host.text.stored(seq, update)) this.confirm();
        else host.onGap();
      },
      onChanged: host.onChanged,
    });
    this.#stopHearing = host.text.onWritten((update) => this.#written(update));
  }

  get state(): OutboxState {
    return this.#outbox.state;
  }
  /** Why it will not be sent; null while it will. */
  get refusal(): AppError | null {
    return this.#outbox.refusal;
  }
  /** What has been stored, or was sent in another form. */
  get settled(): ReadonlySet<string> {
    return this.#outbox.sent;
  }
  pending(): PendingUpdate[] {
    return this.#outbox.pending();
  }

  /** Takes over what was left from before; it goes with the next {@link flush}. */
  restore(pending: readonly PendingUpdate[]): void {
    this.#outbox.restore(pending);
  }

  flush(): void {
    this.#outbox.flush();
  }

  close(): void {
    this.#stopHearing();
    this.#outbox.close();
  }

  /** Sends what was refused once more: it was shortened, or there is room by now. */
  retry(): void {
    this.#outbox.sendInstead(this.#host.text.missing());
  }

  /** Looks whether the others took what was stored. Call it when the text has got newer. */
  confirm(): void {
    const { text } = this.#host;
    const known = this.#unconfirmed.filter(({ seq }) => seq <= text.seq);
    if (known.length === 0) return;
    this.#unconfirmed = this.#unconfirmed.filter(({ seq }) => seq > text.seq);
    if (!known.every(({ update }) => text.hasTaken(update))) this.retry();
  }

  /** What a reader's screen tidies is nobody else's, until that person writes upon it. */
  #written(update: Uint8Array): void {
    if (!this.#host.mayWrite()) this.#isTidied = true;
    else {
      this.#outbox.add(this.#isTidied ? this.#host.text.missing() : update);
      this.#isTidied = false;
    }
  }

  async #append(update: PendingUpdate): Promise<number> {
    const isFit = this.#unconfirmed.length > 0 || this.#host.text.wouldTake(update.update);
    if (!isFit) throw new AppError({ kind: 'invalid', code: 'note_full' });
    return this.#host.append(update);
  }
}
