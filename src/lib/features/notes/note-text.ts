import * as Y from 'yjs';
import { fragmentName, isFit, takeUpdate } from '$functions/note-guard';
import type { LoadedNote } from '$lib/data/notes/schema';
import { wordsBeyond } from './missing-words';

/** Where in the document the text is; the function that merges notes reads it there as well. */
export const FIELD = fragmentName;

/** Marks what came from the database, so that it is not sent there again. */
const FROM_DATABASE = Symbol('from the database');

/** The text of a note on this screen, and how much of what the database has is in it. */
export class NoteText {
  /** What is shown: what everybody has, and what is written here and waits. */
  readonly doc = new Y.Doc();
  /**
   * What everybody has. What an update may add is decided by this one, or a screen with much that waits would leave out what
   * all others take.
   */
  readonly #shared = new Y.Doc();
  /** That as one update, for as long as nothing is added. */
  #state: Uint8Array | null = null;
  #seq = 0;
  readonly #beforeTaking = new Set<() => void>();

  /** Number of the last update from the database: all up to it are in the text. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Takes the update with the next number.
   *
   * @returns false when one before it is missing and has to be fetched
   */
  receive(seq: number, update: Uint8Array): boolean {
    if (seq > this.#seq + 1) return false;
    if (seq === this.#seq + 1) {
      this.#announce();
      this.#seq = seq;
      this.#take(update);
    }
    return true;
  }

  /** Takes what was fetched; what is known already, or was heard meanwhile, changes nothing. */
  load({ seq, state, updates }: LoadedNote): void {
    if (state || updates.length > 0) this.#announce();
    if (state) this.#takeState(state);
    for (const one of updates) {
      if (state || one.seq > this.#seq) this.#take(one.update);
    }
    this.#seq = Math.max(this.#seq, seq);
  }

  /**
   * Takes what this browser kept.
   *
   * @param state what everybody had, up to update number `seq`
   * @param pending what waits to be sent, of all windows
   */
  restore(state: Uint8Array, seq: number, pending: readonly { update: Uint8Array }[]): void {
    if (this.#takeState(state)) this.#seq = Math.max(this.#seq, seq);
    for (const { update } of pending) apply(this.doc, update);
  }

  #take(update: Uint8Array): void {
    if (!takeUpdate(this.#shared, update)) return;
    this.#state = null;
    Y.applyUpdate(this.doc, update, FROM_DATABASE);
  }

  /** A state was made of updates that had passed; torn, as what a browser keeps can be, all of it is fetched. */
  #takeState(state: Uint8Array): boolean {
    this.#state = null;
    return apply(this.#shared, state) && apply(this.doc, state);
  }

  /** An update of one's own was stored: with the next number nothing is missing. */
  stored(seq: number, update: Uint8Array): boolean {
    if (seq === this.#seq + 1) {
      this.#seq = seq;
      this.#take(update);
    }
    return seq <= this.#seq;
  }

  /** Everything that everybody has, as one update. */
  sharedState(): Uint8Array {
    this.#state ??= Y.encodeStateAsUpdate(this.#shared);
    return this.#state;
  }

  /** Whether the others would take this now, on top of what they have. */
  wouldTake(update: Uint8Array): boolean {
    return isFit(this.#shared, update);
  }

  /** Whether everybody has what this adds. */
  hasTaken(update: Uint8Array): boolean {
    return Y.decodeUpdate(update).structs.every(
      ({ id, length }) => Y.getState(this.#shared.store, id.client) >= id.clock + length,
    );
  }

  /** All that is here and nowhere else, as one update. */
  missing(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc, Y.encodeStateVector(this.#shared));
  }

  /** The words among that, each line on one of its own. */
  missingWords(): string {
    return wordsBeyond(this.#shared, this.doc.getXmlFragment(FIELD));
  }

  /**
   * Hears that something is about to come from the database. What the listener still has to write it can write then: inside of
   * what comes it would count as coming from there as well, and never be sent.
   */
  beforeTaking(listener: () => void): () => void {
    this.#beforeTaking.add(listener);
    return () => this.#beforeTaking.delete(listener);
  }

  #announce(): void {
    for (const listener of this.#beforeTaking) listener();
  }

  /** Hears what is written here, as opposed to what came from the database. */
  onWritten(listener: (update: Uint8Array) => void): () => void {
    const heard = (update: Uint8Array, origin: unknown) => {
      if (origin !== FROM_DATABASE) listener(update);
    };
    this.doc.on('update', heard);
    return () => this.doc.off('update', heard);
  }
}

function apply(doc: Y.Doc, update: Uint8Array): boolean {
  try {
    Y.applyUpdate(doc, update, FROM_DATABASE);
    return true;
  } catch {
    return false;
  }
}
