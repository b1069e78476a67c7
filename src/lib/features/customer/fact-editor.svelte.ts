import type { DataContext } from '$lib/data/context';
import { patchCustomer } from '$lib/data/customers/mutations';
import type { Customer, FieldConflict } from '$lib/data/customers/schema';
import { bothTexts, diff, isEmptyPatch, sameValue, type FieldValue } from '$lib/domain/patch';
import { errorWords } from '$lib/error-words';
import { toAppError } from '$lib/supabase/errors';

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
  /** Tells the others that this person is in a field, or has left it. */
  tellEditing: (field: FactName | null) => void;
}

export const plainText: FactFormat = {
  write: (value) => (value === null ? '' : String(value)),
  read: (text) => (text.trim() === '' ? null : text.trim()),
};

/**
 * One field, edited in place. It is saved together with the value the person saw; where somebody else has changed it
 * meanwhile, both values stay in sight until the person has chosen.
 */
export class FactEditor {
  readonly field: FactName;
  readonly #host: FactHost;
  readonly #format: FactFormat;
  readonly #isRequired: boolean;
  #draft = $state<string | null>(null);
  #seen: FieldValue = null;
  /** Shown until the record itself says so. */
  #saving = $state.raw<{ value: FieldValue } | null>(null);
  #conflict = $state.raw<FieldConflict | null>(null);
  #problem = $state.raw<{ kind: 'words'; words: string } | { kind: 'invalid' | 'required' } | null>(null);

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

  /** A stored value as this field shows it. */
  write(value: unknown): string {
    return this.#format.write(isFieldValue(value) ? value : null);
  }

  begin(): void {
    if (this.#draft !== null || this.#saving) return;
    this.#seen = this.value;
    this.#draft = this.#format.write(this.value);
    this.#host.tellEditing(this.field);
  }

  type(text: string): void {
    this.begin();
    this.#draft = text;
    this.#problem = null;
  }

  cancel(): void {
    this.#draft = null;
    this.#problem = null;
    this.#host.tellEditing(null);
  }

  /** Saves what was typed; nothing is sent when nothing changed. */
  async save(): Promise<void> {
    if (this.#draft === null) return;
    const value = this.#format.read(this.#draft);
    if (value === undefined) return this.#refuse('invalid');
    if (value === null && this.#isRequired) return this.#refuse('required');
    if (sameValue(value, this.#seen)) return this.cancel();
    await this.#send(value, this.#seen);
  }

  /** Saves at once, for controls where choosing is saving. */
  async choose(text: string): Promise<void> {
    this.begin();
    this.#draft = text;
    await this.save();
  }

  async resolve(choice: 'mine' | 'theirs' | 'both'): Promise<void> {
    const conflict = this.#conflict;
    if (!conflict) return;
    this.#conflict = null;
    if (choice === 'theirs') return;
    const [mine, theirs] = [conflict.yours, conflict.theirs];
    const both = choice === 'both' && typeof mine === 'string' && typeof theirs === 'string';
    const value = both ? bothTexts(theirs, mine) : mine;
    if (isFieldValue(value)) await this.#send(value, isFieldValue(theirs) ? theirs : null);
  }

  async #send(value: FieldValue, seen: FieldValue): Promise<void> {
    const patch = diff({ [this.field]: seen }, { [this.field]: value });
    if (isEmptyPatch(patch)) return this.cancel();
    const typed = this.#draft;
    this.#saving = { value };
    this.#draft = null;
    this.#problem = null;
    this.#host.tellEditing(null);
    try {
      const { conflicts } = await patchCustomer(this.#host.data, this.#host.customer().id, patch);
      this.#conflict = conflicts.find(({ field }) => field === this.field) ?? null;
    } catch (error) {
      // What was typed stays in the field, to be corrected or sent again.
      this.#draft = typed ?? this.#format.write(value);
      this.#seen = seen;
      const isInvalid = toAppError(error).code === 'invalid_value';
      this.#problem = isInvalid ? { kind: 'invalid' } : { kind: 'words', words: errorWords(error) };
    } finally {
      this.#saving = null;
    }
  }

  #refuse(kind: 'invalid' | 'required'): void {
    this.#problem = { kind };
  }
}

function isFieldValue(value: unknown): value is FieldValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value);
}
