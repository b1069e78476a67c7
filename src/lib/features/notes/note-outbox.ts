import * as Y from 'yjs';
import type { PendingUpdate } from '$lib/data/notes/mutations';
import { toAppError, type AppError } from '$lib/supabase/errors';

/** How long one waits for more to send along: nobody reads faster, and a sentence needs fewer requests than letters. */
const GATHER_MS = 150;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** More goes in several requests; the database takes 256 kB in one. */
const LARGEST_BYTES = 200_000;

/** `saving` for the blink of an eye; `waiting` when that did not work; `refused` when it never will. */
export type OutboxState = 'saved' | 'saving' | 'waiting' | 'refused';

export interface OutboxHost {
  /** Stores one update; throws an `AppError`. */
  append: (update: PendingUpdate) => Promise<number>;
  /** It has number `seq` now. */
  onStored: (seq: number, stored: PendingUpdate) => void;
  /** Something about what waits has changed. */
  onChanged: () => void;
}

/** Sends what is written in a note: in order, each once, for as long as it takes. */
export class NoteOutbox {
  readonly #host: OutboxHost;
  #fresh: Uint8Array[] = [];
  #queue: PendingUpdate[] = [];
  readonly #sent = new Set<string>();
  readonly #untried = new Set<string>();
  #isSending = false;
  #failures = 0;
  #error: AppError | null = null;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #retrying: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(host: OutboxHost) {
    this.#host = host;
  }

  get state(): OutboxState {
    if (this.#error && !canBeRetried(this.#error)) return 'refused';
    if (this.#fresh.length === 0 && this.#queue.length === 0) return 'saved';
    return this.#failures > 0 ? 'waiting' : 'saving';
  }
  /** Why the database refuses; null while it does not. */
  get refusal(): AppError | null {
    return this.state === 'refused' ? this.#error : null;
  }
  /** Ids of what has been stored, or has become part of something else: no other window has to send it. */
  get sent(): ReadonlySet<string> {
    return this.#sent;
  }

  /** What waits, in order, whether it has been sent once or not. */
  pending(): PendingUpdate[] {
    this.#gather();
    // What was still being gathered has lost its timer; after a failure the next try takes it along.
    if (this.state === 'saving' && !this.#isClosed) void this.#send();
    return [...this.#queue];
  }

  add(update: Uint8Array): void {
    this.#fresh.push(update);
    this.#gathering ??= setTimeout(() => this.flush(), GATHER_MS);
    this.#host.onChanged();
  }

  /** Takes over what was left from before, ahead of anything new; it goes with the next {@link flush}. */
  restore(pending: readonly PendingUpdate[]): void {
    this.#queue.unshift(...pending);
    this.#host.onChanged();
  }

  /**
   * Sends this instead of all that waits: what was refused, as it is by now, or what nobody took. Asked for by a person, or
   * once for each time somebody else was faster, so it never goes round in circles.
   */
  sendInstead(update: Uint8Array): void {
    this.#gather();
    for (const { id } of this.#queue) this.#sent.add(id);
    this.#queue = [{ id: crypto.randomUUID(), update }];
    this.#error = null;
    this.#failures = 0;
    this.#host.onChanged();
    this.flush();
  }

  /** Sends now: the connection is back, or the page is about to go. */
  flush(): void {
    this.#gather();
    if (this.#isClosed || this.state === 'refused') return;
    clearTimeout(this.#retrying);
    void this.#send();
  }

  close(): void {
    this.flush();
    this.#isClosed = true;
    clearTimeout(this.#retrying);
  }

  #gather(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (const update of inPortions(this.#fresh)) {
      const id = crypto.randomUUID();
      const last = this.#queue.at(-1);
      // An hour without a connection is not to become thousands of requests. What may have been stored stays as it is, and
      // so does what an id stands for: another window may send what this one has kept.
      if (last && this.#untried.delete(last.id) && last.update.length + update.length <= LARGEST_BYTES) {
        this.#sent.add(last.id);
        this.#queue = this.#queue.with(-1, { id, update: Y.mergeUpdates([last.update, update]) });
      } else this.#queue.push({ id, update });
      this.#untried.add(id);
    }
    this.#fresh = [];
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#queue[0]; next; next = this.#queue[0]) {
        this.#untried.delete(next.id);
        const seq = await this.#host.append(next);
        this.#queue = this.#queue.filter(({ id }) => id !== next.id);
        this.#sent.add(next.id);
        this.#failures = 0;
        this.#error = null;
        this.#host.onStored(seq, next);
        this.#host.onChanged();
      }
    } catch (cause) {
      this.#failed(toAppError(cause));
    } finally {
      this.#isSending = false;
    }
  }

  #failed(error: AppError): void {
    this.#failures++;
    this.#error = error;
    this.#host.onChanged();
    if (!canBeRetried(error) || this.#isClosed) return;
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
    this.#retrying = setTimeout(() => void this.#send(), wait);
  }
}

/** Merges what was written since the last time, as far as it fits into one request. */
function inPortions(updates: readonly Uint8Array[]): Uint8Array[] {
  const portions: Uint8Array[][] = [];
  let size = LARGEST_BYTES;
  for (const update of updates) {
    size += update.length;
    if (size <= LARGEST_BYTES) portions.at(-1)?.push(update);
    else {
      portions.push([update]);
      size = update.length;
    }
  }
  return portions.map((portion) =>
    portion.length === 1 && portion[0] ? portion[0] : Y.mergeUpdates(portion),
  );
}

/** A session that has run out comes back by signing in; anything the rules refuse stays refused. */
function canBeRetried({ retryable, kind }: AppError): boolean {
  return retryable || kind === 'network' || kind === 'rate' || kind === 'auth';
}
