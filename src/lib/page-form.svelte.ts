import type { FormOutcome } from '$lib/components/shared/form/form-outcome';
import type { Choice } from '$lib/data/edits/edits.svelte';
import type { StandingForm } from '$lib/data/edits/standing-form.svelte';
import type { FieldValue } from '$lib/domain/patch';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError, type AppError } from '$lib/supabase/errors';

type Problems<Field extends string> = Partial<Record<Field, string>>;

/** What the server said when the form was sent without JavaScript. */
export interface Answered<Field extends string> {
  /** What was sent. */
  data: Partial<Record<Field, string>>;
  /** What stood there when that was written, where it may be something else by now. */
  seen?: Partial<Record<Field, string>>;
  errors: Partial<Record<Field, string | string[]>>;
  message?: FormOutcome | undefined;
}

interface Options<Field extends string> {
  /** What is wrong with what was typed, before it is sent. */
  check?: (text: (field: Field) => string) => Problems<Field>;
  /** What the database refused, in words. */
  refusal?: (field: Field, error: AppError) => string;
  /** Said when something is left to choose. */
  left?: () => string;
  answered?: Answered<Field> | undefined;
}

/** A form that stays on its page, with what it says about its fields and about the last attempt. */
export class PageForm<Field extends string> {
  readonly #form: StandingForm<Field>;
  readonly #fields: () => readonly Field[];
  readonly #options: Options<Field>;
  #problems = $state.raw<Answered<Field>['errors']>({});
  #said = $state.raw<FormOutcome>();
  /** What was stored when it said so: what is taken back later is not "saved". */
  #stored: string | null = null;

  constructor(form: StandingForm<Field>, fields: () => readonly Field[], options: Options<Field> = {}) {
    this.#form = form;
    this.#fields = fields;
    this.#options = options;
    const { answered } = options;
    for (const field of fields()) {
      const sent = answered?.data[field];
      if (sent !== undefined) form.put(field, sent, answered?.seen?.[field]);
    }
    this.#problems = answered?.errors ?? {};
    this.#said = answered?.message;
  }

  /** What came of the last attempt. */
  get outcome(): FormOutcome | undefined {
    const isOver = this.#stored !== null && this.#stored !== this.#values();
    if (this.#said && !isOver) return this.#said;
    if (!this.#form.isWaiting) return undefined;
    return { ok: true, isWaiting: true, text: m.customer_fact_waiting() };
  }

  /** What is wrong with a field. */
  errorsOf(field: Field): string | readonly string[] {
    return this.#problems[field] || [];
  }

  get conflicts() {
    return this.#form.conflicts;
  }

  get isSaving(): boolean {
    return this.#form.isSaving;
  }

  text(field: Field): string {
    return this.#form.text(field);
  }

  /** What the person has seen of a field when they changed it. */
  seen(field: Field): string {
    return String(this.#form.seen(field) ?? '');
  }

  put(field: Field, value: FieldValue): void {
    this.#hush();
    this.#problems = { ...this.#problems, [field]: undefined };
    this.#form.put(field, value);
  }

  /** @param only nothing but these fields */
  async save(only: readonly Field[] = this.#fields()): Promise<void> {
    if (this.isSaving) return;
    this.#hush();
    this.#problems = this.#options.check?.((field) => this.text(field)) ?? {};
    if (Object.values(this.#problems).some(Boolean)) return;
    await this.#tell(async () => {
      const outcome = await this.#form.save(only);
      if (outcome === 'conflict')
        this.#said = { ok: false, text: (this.#options.left ?? m.setting_some_not_saved)() };
      else if (outcome === 'done' && !this.#form.isTouched(only)) {
        this.#stored = this.#values();
        this.#said = { ok: true, text: m.saved() };
      }
    });
  }

  async choose(field: Field, choice: Choice): Promise<void> {
    this.#hush();
    await this.#tell(() => this.#form.choose(field, choice));
  }

  #hush(): void {
    this.#said = undefined;
    this.#stored = null;
  }

  #values(): string {
    return JSON.stringify(this.#fields().map((field) => this.text(field)));
  }

  async #tell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const error = toAppError(cause);
      const field = this.#fields().find((one) => one === error.field);
      if (!field) this.#said = { ok: false, text: errorWords(error) };
      else {
        this.#problems = {
          [field]: this.#options.refusal?.(field, error) ?? errorWords(error),
        } as Problems<Field>;
        this.#said = { ok: false, text: m.setting_not_saved() };
      }
    }
  }
}
