import { bothTexts, type FieldValue, isFieldValue, sameValue } from '$lib/domain/patch';
import type { FieldConflict } from './answers';
import type { Choice, Edits } from './edits.svelte';

type Values<Field extends string> = Record<Field, FieldValue>;
type Some<Field extends string, Value> = Partial<Record<Field, Value>>;

/** What was typed, and what stood there then. */
interface Typed {
  value: FieldValue;
  over: FieldValue;
}

interface Parts<Field extends string> {
  edits: Pick<Edits, 'perform' | 'conflictOf' | 'resolve' | 'isWaiting'>;
  record: () => { table: string; recordId: string; title: string };
  /** What is true as far as this page knows, with what is under way on top. */
  current: () => Values<Field>;
  /** Who gave a field the value that stands there now, where the page is told. */
  origin?: (field: Field) => { by: string | null; at: string | null };
}

/**
 * A form that stays on its page. What was not touched follows what is true: colleagues' changes and steps taken back. What
 * was typed stays as it is; where somebody else was faster, that becomes a choice.
 */
export class StandingForm<Field extends string> {
  readonly #parts: Parts<Field>;
  #typed = $state.raw<Some<Field, Typed>>({});
  /** What the last saving has found. */
  #found = $state.raw<Some<Field, FieldConflict>>({});
  #isSaving = $state(false);
  readonly conflicts: Some<Field, FieldConflict> = $derived.by(() => {
    const open: Some<Field, FieldConflict> = {};
    for (const field of this.#fields()) {
      const conflict = this.#found[field] ?? this.#kept(field)?.conflict ?? this.#overtaken(field);
      if (conflict) open[field] = conflict;
    }
    return open;
  });

  constructor(parts: Parts<Field>) {
    this.#parts = parts;
  }

  get isSaving(): boolean {
    return this.#isSaving;
  }

  /** Something of this form was saved while the server could not be reached. */
  get isWaiting(): boolean {
    const { table, recordId } = this.#parts.record();
    const isField = (field: Field) => this.#parts.edits.isWaiting(table, recordId, field);
    return this.#fields().some(isField);
  }

  /** Whether anything was typed in these fields that is not saved. */
  isTouched(fields: readonly Field[]): boolean {
    return fields.some((field) => this.#typed[field]);
  }

  value(field: Field): FieldValue {
    const typed = this.#typed[field];
    return typed ? typed.value : this.#parts.current()[field];
  }

  /** What a text field shows. */
  text(field: Field): string {
    return String(this.value(field) ?? '');
  }

  /** What the person has seen of a field when they changed it. */
  seen(field: Field): FieldValue {
    const typed = this.#typed[field];
    return typed ? typed.over : this.#parts.current()[field];
  }

  /** @param over what stood there when the person wrote this, if that was not what stands there now */
  put(field: Field, value: FieldValue, over: FieldValue = this.seen(field)): void {
    const isBack = sameValue(value, this.#parts.current()[field]);
    this.#typed = { ...this.#typed, [field]: isBack ? undefined : { value, over } };
  }

  /**
   * Saves what was typed.
   *
   * @param only nothing but these fields
   * @returns `conflict` when something is left for the person to choose; `waiting` when the server could not be reached
   * @throws AppError as the database refuses
   */
  async save(only: readonly Field[] = this.#fields()): Promise<'done' | 'waiting' | 'conflict'> {
    const sent: Some<Field, Typed> = {};
    const changes: Record<string, FieldValue> = {};
    const seen: Record<string, FieldValue> = {};
    for (const field of only) {
      const typed = this.#typed[field];
      if (!typed) continue;
      sent[field] = typed;
      changes[field] = typed.value;
      seen[field] = typed.over;
    }
    if (Object.keys(changes).length === 0) return 'done';
    this.#isSaving = true;
    try {
      const edit = { kind: 'patch' as const, ...this.#parts.record(), changes, seen };
      const outcome = await this.#parts.edits.perform(edit, { forgetConflict: true });
      if (outcome.kind === 'refused') throw outcome.error;
      const found = outcome.kind === 'conflict' ? outcome.conflicts : [];
      this.#settle(sent, found);
      return outcome.kind;
    } finally {
      this.#isSaving = false;
    }
  }

  /**
   * Answers a conflict. What is to be stored over somebody else's value goes with the next saving; one that was left over
   * from before is answered at once.
   *
   * @throws AppError as the database refuses
   */
  async choose(field: Field, choice: Choice): Promise<void> {
    const kept = this.#found[field] ? null : this.#kept(field);
    if (kept) {
      const outcome = await this.#parts.edits.resolve(kept.entry, field, choice);
      if (outcome?.kind === 'refused') throw outcome.error;
      return;
    }
    const conflict = this.conflicts[field];
    if (!conflict) return;
    const { yours, theirs } = conflict;
    this.#found = { ...this.#found, [field]: undefined };
    const isBoth = choice === 'both' && typeof yours === 'string' && typeof theirs === 'string';
    const value = isBoth ? bothTexts(theirs, yours) : this.#typed[field]?.value;
    const isTyped = choice !== 'theirs' && value !== undefined && isFieldValue(theirs);
    this.#typed = { ...this.#typed, [field]: isTyped ? { value, over: theirs } : undefined };
  }

  #fields(): Field[] {
    const current = this.#parts.current();
    return Object.keys(current).filter((name): name is Field => name in current);
  }

  /** What was stored is no longer typed; what was typed on meanwhile was typed over that. */
  #settle(sent: Some<Field, Typed>, conflicts: readonly FieldConflict[]): void {
    const typed = { ...this.#typed };
    const found = { ...this.#found };
    for (const field of this.#fields()) {
      const given = sent[field];
      if (!given) continue;
      const present = typed[field];
      found[field] = conflicts.find((one) => one.field === field);
      if (found[field] || !present) continue;
      typed[field] = sameValue(present.value, given.value)
        ? undefined
        : { value: present.value, over: given.value };
    }
    this.#typed = typed;
    this.#found = found;
  }

  /** Left over from an edit that had to wait. */
  #kept(field: Field) {
    const { table, recordId } = this.#parts.record();
    return this.#parts.edits.conflictOf(table, recordId, field);
  }

  /** Somebody else changed it after the person began to type. */
  #overtaken(field: Field): FieldConflict | null {
    const typed = this.#typed[field];
    const theirs = this.#parts.current()[field];
    if (!typed || !this.#parts.origin || this.#isSaving) return null;
    if (sameValue(typed.over, theirs) || sameValue(typed.value, theirs)) return null;
    return { field, yours: typed.value, theirs, ...this.#parts.origin(field) };
  }
}
