import * as Y from 'yjs';
import { fragmentName, takeUpdate } from '$functions/note-guard';
import type { LoadedNote } from '$lib/data/notes/schema';

/** Where in the document the text is; the function that merges notes reads it there as well. */
export const FIELD = fragmentName;

/** Marks what came from the database, so that it is not sent there again. */
const FROM_DATABASE = Symbol('from the database');

/** The text of a note on this screen, and how much of what the database has is in it. */
export class NoteText {
  readonly doc = new Y.Doc();
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
      takeUpdate(this.doc, update, FROM_DATABASE);
    }
    return true;
  }

  /** Takes what was fetched; what is known already, or was heard meanwhile, changes nothing. */
  load({ seq, state, updates }: LoadedNote): void {
    if (state || updates.length > 0) this.#announce();
    if (state) this.#take(state);
    for (const one of updates) {
      if (state || one.seq > this.#seq) takeUpdate(this.doc, one.update, FROM_DATABASE);
    }
    this.#seq = Math.max(this.#seq, seq);
  }

  /**
   * Takes what this browser kept, all of it and up to which number.
   *
   * @param pending what waits to be sent: of several windows each kept its own text, and only the last one's is there
   */
  restore(state: Uint8Array, seq: number, pending: readonly { update: Uint8Array }[]): void {
    if (!this.#take(state)) return;
    this.#seq = Math.max(this.#seq, seq);
    for (const { update } of pending) takeUpdate(this.doc, update, FROM_DATABASE);
  }

  /** A state was made of updates that had passed; it is taken whole or not at all. */
  #take(state: Uint8Array): boolean {
    try {
      Y.applyUpdate(this.doc, state, FROM_DATABASE);
      return true;
    } catch {
      // Torn, as what a browser keeps can be: all of it is fetched.
      return false;
    }
  }

  /** An update of one's own was stored: with the next number nothing is missing. */
  stored(seq: number): boolean {
    if (seq === this.#seq + 1) this.#seq = seq;
    return seq <= this.#seq;
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
