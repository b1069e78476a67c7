import { bothTexts, diff, type FieldValue, isEmptyPatch, isFieldValue } from '$lib/domain/patch';
import type { FieldConflict } from './answers';
import type { Choice, Edits } from './edits.svelte';

type Values<Field extends string> = Record<Field, FieldValue>;

/**
 * Storing what a form changed of a record. Only that is sent, with what stood there: colleagues' changes to the rest
 * stay, and one to the same field becomes a choice beside it.
 */
export class FormPatch<Field extends string> {
  readonly #edits: Edits;
  readonly #record: { table: string; recordId: string; title: string };
  /** What the person has seen: the record as it was opened, and what colleagues made of it where that was shown. */
  #seen: Values<Field>;
  #conflicts = $state.raw<Partial<Record<Field, FieldConflict>>>({});

  constructor(edits: Edits, record: { table: string; recordId: string; title: string }, seen: Values<Field>) {
    this.#edits = edits;
    this.#record = record;
    this.#seen = seen;
  }

  get conflicts(): Partial<Record<Field, FieldConflict>> {
    return this.#conflicts;
  }

  /**
   * @returns whether all of it has been stored, or will be once the server can be reached; otherwise there are conflicts
   * @throws AppError as the database refuses
   */
  async save(values: Values<Field>): Promise<boolean> {
    const fields = Object.keys(values);
    const patch = diff(this.#seen, values);
    if (isEmptyPatch(patch)) return true;
    const edit = { kind: 'patch' as const, ...this.#record, ...patch };
    const outcome = await this.#edits.perform(edit, { forgetConflict: true });
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind !== 'conflict') return true;
    // The rest is stored: what is left is what a colleague changed as well.
    const open = new Map(outcome.conflicts.map((conflict) => [conflict.field, conflict]));
    const known = (field: string): field is Field => field in values;
    const seen = { ...this.#seen };
    for (const field of fields) if (known(field) && !open.has(field)) seen[field] = values[field];
    this.#seen = seen;
    const conflicts: Partial<Record<Field, FieldConflict>> = {};
    for (const [field, conflict] of open) if (known(field)) conflicts[field] = conflict;
    this.#conflicts = conflicts;
    return false;
  }

  /**
   * Answers a conflict. What is to be stored over the colleague's value goes with the next saving.
   *
   * @returns what the form is to show now; undefined when that stays as it is
   */
  choose(field: Field, choice: Choice): FieldValue | undefined {
    const conflict = this.#conflicts[field];
    if (!conflict) return undefined;
    const { yours, theirs } = conflict;
    this.#conflicts = { ...this.#conflicts, [field]: undefined };
    if (isFieldValue(theirs)) this.#seen = { ...this.#seen, [field]: theirs };
    if (choice === 'both' && typeof yours === 'string' && typeof theirs === 'string')
      return bothTexts(theirs, yours);
    return choice === 'theirs' && isFieldValue(theirs) ? theirs : undefined;
  }
}
