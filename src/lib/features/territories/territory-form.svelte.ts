import type { DataContext } from '$lib/data/context';
import type { FieldConflict } from '$lib/data/edits/answers';
import type { Choice, Edits } from '$lib/data/edits/edits.svelte';
import { FormPatch } from '$lib/data/edits/form-patch.svelte';
import { createTerritory, type TerritoryFields } from '$lib/data/territories/mutations';
import type { OutlinedTerritory } from '$lib/data/territories/schema';
import { readBoundaryText, type Boundary } from '$lib/domain/geo/boundary';
import { CODE_SHAPE, type Level } from '$lib/domain/territories';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError } from '$lib/supabase/errors';
import { boundaryWords } from './territory-words';

type FieldName = 'name' | 'name_ar' | 'code' | 'boundary';

/** Adding or changing a territory. */
export class TerritoryForm {
  readonly #data: DataContext;
  readonly #before: OutlinedTerritory | null;
  readonly #patch: FormPatch<FieldName> | null;
  readonly #place: { level: Level; parentId: string | null };
  fields = $state({ name: '', name_ar: '', code: '' });
  /** Pasted or read from a file; empty keeps what is there. */
  boundaryText = $state('');
  /** Takes the outline away. */
  isCleared = $state(false);
  problems = $state.raw<Partial<Record<FieldName | 'whole', string>>>({});
  isSaving = $state(false);

  constructor(
    data: DataContext,
    edits: Edits,
    before: OutlinedTerritory | null,
    place: { level: Level; parentId: string | null },
    suggestedCode = '',
  ) {
    this.#data = data;
    this.#before = before;
    this.#place = place;
    this.#patch =
      before &&
      new FormPatch(
        edits,
        { table: 'territories', recordId: before.id, title: before.name },
        valuesOf(before),
      );
    this.fields = {
      name: before?.name ?? '',
      name_ar: before?.name_ar ?? '',
      code: before?.code ?? suggestedCode,
    };
  }

  /** What a colleague changed as well since the form was opened. */
  get conflicts(): Partial<Record<FieldName, FieldConflict>> {
    return this.#patch?.conflicts ?? {};
  }

  choose(field: FieldName, choice: Choice): void {
    const value = this.#patch?.choose(field, choice);
    if (value === undefined) return;
    if (field !== 'boundary') this.fields[field] = this.text(value);
    // Theirs is stored already: what was pasted here is not.
    else this.boundaryText = value === null ? '' : JSON.stringify(value);
  }

  /** A stored value as the form writes it; an outline is not written out. */
  text(value: unknown): string {
    if (typeof value === 'object' && value !== null) return m.territory_boundary();
    return value === null || value === undefined ? '' : String(value);
  }

  get hasBoundary(): boolean {
    return this.#before?.boundary != null && !this.isCleared;
  }

  async readFile(file: File): Promise<void> {
    this.boundaryText = await file.text();
    this.checkBoundary();
  }

  /** Says at once what is wrong with what was pasted. */
  checkBoundary(): void {
    const read = this.#boundary();
    const { boundary: _, ...others } = this.problems;
    this.problems = read && 'problem' in read ? { ...others, boundary: boundaryWords(read.problem) } : others;
  }

  /** @returns the id of the stored territory, or null when it could not be stored */
  async save(): Promise<string | null> {
    const values = this.#read();
    if (!values || this.isSaving) return null;
    this.isSaving = true;
    try {
      if (!this.#before) return (await createTerritory(this.#data, values, this.#place)).id;
      return (await this.#patch?.save(valuesOf(values))) ? this.#before.id : null;
    } catch (cause) {
      this.#show(cause);
      return null;
    } finally {
      this.isSaving = false;
    }
  }

  #boundary() {
    return this.boundaryText.trim() === '' ? null : readBoundaryText(this.boundaryText);
  }

  #read(): TerritoryFields | null {
    const [name, arabic, code] = [this.fields.name, this.fields.name_ar, this.fields.code].map((text) =>
      text.trim(),
    );
    const read = this.#boundary();
    const problems: Partial<Record<FieldName, string>> = {};
    if (!name) problems.name = m.error_value_required();
    if (!code || !CODE_SHAPE.test(code)) problems.code = m.territory_line_invalid_code();
    if (read && 'problem' in read) problems.boundary = boundaryWords(read.problem);
    this.problems = problems;
    if (Object.keys(problems).length > 0 || !name || !code) return null;
    return { name, code, name_ar: arabic || null, boundary: this.#outline(read) };
  }

  #outline(read: ReturnType<typeof readBoundaryText> | null): Boundary | null {
    if (read && 'boundary' in read) return read.boundary;
    return this.isCleared ? null : (this.#before?.boundary ?? null);
  }

  #show(cause: unknown): void {
    const error = toAppError(cause);
    const names: readonly FieldName[] = ['name', 'name_ar', 'code', 'boundary'];
    const field = names.find((one) => one === error.field);
    // The only thing that is unique about a territory is its code.
    if (error.code === 'already_exists' || error.code === 'already_taken')
      this.problems = { code: m.territory_code_taken() };
    else this.problems = { [field ?? 'whole']: errorWords(error) };
  }
}

function valuesOf({ name, name_ar, code, boundary }: TerritoryFields) {
  return { name, name_ar, code, boundary: boundary && { ...boundary } };
}
