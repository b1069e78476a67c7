import type { DataContext } from '$lib/data/context';
import { patchCustomer } from '$lib/data/customers/mutations';
import type { Customer, FieldConflict } from '$lib/data/customers/schema';
import { bothTexts, diff, isEmptyPatch, sameValue, type FieldValue } from '$lib/domain/patch';
import { errorWords } from '$lib/error-words';
import { toAppError, type AppError } from '$lib/supabase/errors';
import type { FactDraft, FactDraftStore } from './fact-drafts';

/** Columns that are edited in place. */
export type FactName = Exclude<
  keyof Customer,
  | 'id'
  | 'org_id'
  | 'version'
  | 'status'
  | 'board_rank'
  | 'custom_fields'
  | 'deleted_at'
  | 'latitude'
  | 'longitude'
>;

/** How a field is typed and stored. */
export interface FactFormat {
  /** The stored value as text in the control. */
  write: (value: FieldValue) => string;
  /** The text as a value to store; undefined when it is not one. */
  read: (text: string) => FieldValue | undefined;
}

export interface FactHost {
  data: DataContext;
  customer: () => Customer;
  drafts: FactDraftStore;
  /** Tells the others that this person is in a field, or has left it. */
  tellEditing: (field: FactName | null) => void;
}

export const plainText: FactFormat = {
  write: (value) => (value === null ? '' : String(value)),
  read: (text) => (text.trim() === '' ? null : text.trim()),
};

/**
 * One field, edited in place. It is saved together with the value the person saw; where somebody else has changed it
 * meanwhile, both values stay in sight until the person has chosen. What is typed and not stored is kept as a draft.
 */
export class FactEditor {
  readonly field: FactName;
  readonly #host: FactHost;
  readonly #format: FactFormat;
  readonly #isRequired: boolean;
  #draft = $state<string | null>(null);
  #seen: FieldValue = null;
  /** The person is in the field. */
  #isTyping = $state(false);
  /** Shown until the record itself says so. */
  #saving = $state.raw<{ value: FieldValue } | null>(null);
  #isWaiting = $state(false);
  #conflict = $state.raw<FieldConflict | null>(null);
  #problem = $state.raw<
    { kind: 'words'; words: string } | { kind: 'invalid' | 'refused' | 'required' } | null
  >(null);

  constructor(host: FactHost, field: FactName, format: FactFormat = plainText, isRequired = false) {
    this.#host = host;
    this.field = field;
    this.#format = format;
    this.#isRequired = isRequired;
  }

  get value(): FieldValue {
    return this.#saving ? this.#saving.value : (this.#host.customer()[this.field] ?? null);
  }

  /** What stands in the control. */
  get text(): string {
    return this.#draft ?? this.#format.write(this.value);
  }

  get isEditing(): boolean {
    return this.#draft !== null;
  }

  get conflict(): FieldConflict | null {
    return this.#conflict;
  }

  get problem() {
    return this.#problem;
  }

  /** Sent, and the server could not be reached: `retry` sends it again. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Typed earlier and left without saving. */
  get isKept(): boolean {
    return this.isEditing && !this.#isTyping && !this.#isWaiting && this.#problem === null;
  }

  /** A stored value as this field shows it. */
  write(value: unknown): string {
    return this.#format.write(isFieldValue(value) ? value : null);
  }

  /** Brings back what was typed before the page was left. Call it once in the browser. */
  restore(): void {
    const kept = this.#host.drafts.read(this.field);
    if (!kept) return;
    const value = this.#format.read(kept.text);
    if (kept.conflict) {
      if (sameValue(value, this.value)) this.#host.drafts.drop(this.field);
      else this.#conflict = kept.conflict;
    } else if (value !== undefined && sameValue(value, this.value)) {
      this.#host.drafts.drop(this.field);
    } else {
      this.#draft = kept.text;
      this.#seen = kept.seen;
      this.#isWaiting = kept.isWaiting;
    }
  }

  begin(): void {
    if (this.#isTyping) return;
    this.#isTyping = true;
    this.#host.tellEditing(this.field);
    if (this.#draft !== null) return;
    this.#seen = this.value;
    this.#draft = this.#format.write(this.value);
  }

  type(text: string): void {
    this.begin();
    this.#draft = text;
    this.#problem = null;
    this.#isWaiting = false;
    this.#keep(text, this.#seen);
  }

  cancel(): void {
    this.#leave();
    this.#draft = null;
    this.#problem = null;
    this.#isWaiting = false;
    const conflict = this.#conflict;
    if (!conflict) this.#host.drafts.drop(this.field);
    else this.#keep(this.write(conflict.yours), this.#seen, { conflict });
  }

  /** Saves what was typed; nothing is sent when nothing changed. */
  async save(): Promise<void> {
    if (this.#draft === null) return;
    this.#leave();
    // What is on its way comes first; then this.
    if (this.#saving) return;
    const value = this.#format.read(this.#draft);
    if (value === undefined) return this.#refuse('invalid');
    if (value === null && this.#isRequired) return this.#refuse('required');
    if (sameValue(value, this.#seen)) return this.cancel();
    await this.#send(value, this.#seen);
  }

  /** What stands in the control is no value: half a date, for one. It must not be taken for an empty one. */
  reject(): void {
    this.#leave();
    this.#refuse('invalid');
  }

  /** Sends again what could not arrive, unless the person is writing in it. */
  async retry(): Promise<void> {
    if (this.#isWaiting && !this.#isTyping) await this.save();
  }

  /** Saves at once, for controls where choosing is saving. */
  async choose(text: string): Promise<void> {
    this.type(text);
    await this.save();
  }

  async resolve(choice: 'mine' | 'theirs' | 'both'): Promise<void> {
    const conflict = this.#conflict;
    if (!conflict) return;
    this.#conflict = null;
    this.#host.drafts.drop(this.field);
    if (choice === 'theirs') return;
    const [mine, theirs] = [conflict.yours, conflict.theirs];
    const both = choice === 'both' && typeof mine === 'string' && typeof theirs === 'string';
    const value = both ? bothTexts(theirs, mine) : mine;
    if (isFieldValue(value)) await this.#send(value, isFieldValue(theirs) ? theirs : null);
  }

  async #send(value: FieldValue, seen: FieldValue): Promise<void> {
    const patch = diff({ [this.field]: seen }, { [this.field]: value });
    if (isEmptyPatch(patch)) return this.cancel();
    const text = this.#draft ?? this.#format.write(value);
    // Should the page be left or the answer be lost on the way, the draft knows that this is to be stored.
    this.#keep(text, seen, { isWaiting: true });
    this.#saving = { value };
    this.#draft = null;
    this.#problem = null;
    try {
      const { conflicts } = await patchCustomer(this.#host.data, this.#host.customer().id, patch);
      this.#isWaiting = false;
      this.#conflict = conflicts.find(({ field }) => field === this.field) ?? null;
      if (this.#conflict) this.#keep(text, seen, { conflict: this.#conflict });
      else if (this.#draft === null) this.#host.drafts.drop(this.field);
    } catch (error) {
      // What was typed stays in the field, to be corrected or sent again.
      this.#draft ??= text;
      this.#seen = seen;
      this.#fail(toAppError(error));
      this.#keep(this.#draft, seen, { isWaiting: this.#isWaiting });
      return;
    } finally {
      this.#saving = null;
    }
    if (!this.#isTyping && !this.#conflict) await this.save();
  }

  #fail(error: AppError): void {
    this.#isWaiting = error.retryable;
    if (error.retryable) this.#problem = null;
    else if (error.code === 'invalid_value') this.#problem = { kind: 'refused' };
    else this.#problem = { kind: 'words', words: errorWords(error) };
  }

  #refuse(kind: 'invalid' | 'required'): void {
    this.#problem = { kind };
  }

  #leave(): void {
    if (this.#isTyping) this.#host.tellEditing(null);
    this.#isTyping = false;
  }

  #keep(text: string, seen: FieldValue, more: Partial<FactDraft> = {}): void {
    this.#host.drafts.keep(this.field, { text, seen, isWaiting: false, conflict: null, ...more });
  }
}

function isFieldValue(value: unknown): value is FieldValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value);
}
