import * as z from 'zod/mini';
import { fromBase64 } from './base64';

const loadedSchema = z.object({
  seq: z.number(),
  state: z.nullable(z.string()),
  updates: z.array(z.object({ seq: z.number(), update: z.string() })),
});

const takenSchema = z.object({ seq: z.number() });

/** One change of a note, with its number. Bytes that were no Base64 are empty, which no reader takes. */
export interface NoteUpdate {
  seq: number;
  update: Uint8Array;
}

/** A note, or what came after a certain number. */
export interface LoadedNote {
  /** Number of the last update there is. */
  seq: number;
  /** Everything up to the first of `updates`; null when nothing came before or it is known. */
  state: Uint8Array | null;
  updates: NoteUpdate[];
}

/** @throws when the answer is not what `load_note` gives */
export function parseNote(answer: unknown): LoadedNote {
  const { seq, state, updates } = loadedSchema.parse(answer);
  return {
    seq,
    state: state === null ? null : bytesOf(state),
    updates: updates.map((one) => ({ seq: one.seq, update: bytesOf(one.update) })),
  };
}

/** @throws when the answer is not what `append_note_update` gives */
export const parseTaken = (answer: unknown): number => takenSchema.parse(answer).seq;

const bytesOf = (text: string): Uint8Array => fromBase64(text) ?? new Uint8Array();
