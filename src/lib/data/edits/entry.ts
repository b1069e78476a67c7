import * as z from 'zod/mini';
import { conflictSchema, type FieldConflict } from './answers';
import { editSchema, type Edit } from './edit';

/**
 * Where an edit stands. `sending`: on its way from this page. `waiting`: the server could not be reached. `conflict`:
 * somebody else was faster, and this person has not chosen yet. `refused`: the database said no for good.
 */
export type EntryState = 'sending' | 'waiting' | 'conflict' | 'refused';

/** An edit that is not done with. */
export interface Entry {
  edit: Edit;
  state: EntryState;
  /** It may have arrived already: its answer may have been lost. */
  isRepeat: boolean;
  /** How often the database could not do it, though it was reached. */
  attempts: number;
  conflicts: readonly FieldConflict[];
  /** Why it was refused, as a machine code. */
  problem: string | null;
}

const schema = z.object({
  edit: editSchema,
  state: z.enum(['sending', 'waiting', 'conflict', 'refused']),
  attempts: z.number(),
  conflicts: z.array(conflictSchema),
  problem: z.nullable(z.string()),
});

export function newEntry(edit: Edit): Entry {
  return { edit, state: 'sending', isRepeat: false, attempts: 0, conflicts: [], problem: null };
}

/** An entry as it was kept; what was on its way when the page ended is to be sent again. Null when it is not one. */
export function parseEntry(kept: unknown): Entry | null {
  const { data } = schema.safeParse(kept);
  if (!data) return null;
  return { ...data, state: data.state === 'sending' ? 'waiting' : data.state, isRepeat: true };
}

/** Shown as if it had been done. */
export const isUnderWay = ({ state }: Entry): boolean => state === 'sending' || state === 'waiting';
