import type { Customer } from '$lib/data/customers/schema';
import type { FieldConflict } from '$lib/data/edits/answers';
import type { Choice, Edits } from '$lib/data/edits/edits.svelte';
import type { Outcome } from '$lib/data/edits/outbox.svelte';
import { diff, type FieldValue, isControlValue, isEmptyPatch, sameValue } from '$lib/domain/patch';
import { errorWords } from '$lib/error-words';
import type { AppError } from '$lib/supabase/errors';
import type { FactDraftStore } from './fact-drafts';

const TABLE = 'customers';

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
  edits: Edits;
  /** With this person's edits under way on top. */
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
 * meanwhile, both values stay in sight until the person has chosen. What is typed and not saved is kept as a draft; from
 * then on it is an edit like any other.
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
    return this.#host.customer()[this.field] ?? null;
  }

  /** What stands in the control. */
  get text(): string {
    return this.#draft ?? this.#format.write(this.value);
  }

  get isEditing(): boolean {
    return this.#draft !== null;
  }

  get conflict(): FieldConflict | null {
    return this.#open?.conflict ?? null;
  }

  get problem() {
    return this.#problem;
  }

  /** Saved, and the server could not be reached. */
  get isWaiting(): boolean {
    return this.#host.edits.isWaiting(TABLE, this.#host.customer().id, this.field);
  }

  /** Typed earlier and left without saving. */
  get isKept(): boolean {
    return this.isEditing && !this.#isTyping && this.#problem === null;
  }

  /** A stored value as this field shows it. */
  write(value: unknown): string {
    return this.#format.write(isControlValue(value) ? value : null);
  }

  /** Brings back what was typed before the page was left. Call it once in the browser. */
  restore(): void {
    const kept = this.#host.drafts.read(this.field);
    if (!kept) return;
    const value = this.#format.read(kept.text);
    if (value !== undefined && sameValue(value, this.value)) {
      this.#host.drafts.drop(this.field);
    } else {
      this.#draft = kept.text;
      this.#seen = kept.seen;
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
    this.#host.drafts.keep(this.field, { text, seen: this.#seen });
  }

  cancel(): void {
    this.#leave();
    this.#draft = null;
    this.#problem = null;
    this.#host.drafts.drop(this.field);
  }

  /** Saves what was typed; nothing is sent when nothing changed. */
  async save(): Promise<void> {
    if (this.#draft === null) return;
    this.#leave();
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

  /** Saves at once, for controls where choosing is saving. */
  async choose(text: string): Promise<void> {
    this.type(text);
    await this.save();
  }

  async resolve(choice: Choice): Promise<void> {
    const open = this.#open;
    if (open) this.#told(await this.#host.edits.resolve(open.entry, this.field, choice));
  }

  get #open() {
    return this.#host.edits.conflictOf(TABLE, this.#host.customer().id, this.field);
  }

  async #send(value: FieldValue, seen: FieldValue): Promise<void> {
    const { id, name } = this.#host.customer();
    const patch = diff({ [this.field]: seen }, { [this.field]: value });
    if (isEmptyPatch(patch)) return this.cancel();
    const text = this.#draft ?? this.#format.write(value);
    this.#draft = null;
    this.#problem = null;
    const edit = { kind: 'patch' as const, table: TABLE, recordId: id, title: name, ...patch };
    const performing = this.#host.edits.perform(edit);
    // Until the edit itself is kept.
    let isBack = false;
    void this.#host.edits.outbox.kept().then(() => {
      if (!isBack) this.#host.drafts.drop(this.field, text);
    });
    const outcome = await performing;
    if (outcome.kind !== 'refused') return;
    isBack = true;
    // What was typed stays in the field, to be corrected.
    this.#draft ??= text;
    this.#seen = seen;
    this.#host.drafts.keep(this.field, { text: this.#draft, seen });
    this.#told(outcome);
  }

  #told(outcome: Outcome | null): void {
    if (outcome?.kind === 'refused') this.#fail(outcome.error);
  }

  #fail(error: AppError): void {
    if (error.code === 'invalid_value') this.#problem = { kind: 'refused' };
    else this.#problem = { kind: 'words', words: errorWords(error) };
  }

  #refuse(kind: 'invalid' | 'required'): void {
    this.#problem = { kind };
  }

  #leave(): void {
    if (this.#isTyping) this.#host.tellEditing(null);
    this.#isTyping = false;
  }
}
