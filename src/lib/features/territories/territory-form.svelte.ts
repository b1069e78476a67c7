import type { DataContext } from '$lib/data/context';
import { createTerritory, updateTerritory, type TerritoryFields } from '$lib/data/territories/mutations';
import type { OutlinedTerritory } from '$lib/data/territories/schema';
import { readBoundaryText, type Boundary } from '$lib/domain/geo/boundary';
import { CODE_SHAPE, type Level } from '$lib/domain/territories';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError } from '$lib/supabase/errors';
import { boundaryWords } from './territory-words';

type FieldName = 'name' | 'name_ar' | 'code' | 'boundary';

/** Adding or changing a territory. Only what was changed is sent. */
export class TerritoryForm {
  readonly #data: DataContext;
  readonly #before: OutlinedTerritory | null;
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
    before: OutlinedTerritory | null,
    place: { level: Level; parentId: string | null },
    suggestedCode = '',
  ) {
    this.#data = data;
    this.#before = before;
    this.#place = place;
    this.fields = {
      name: before?.name ?? '',
      name_ar: before?.name_ar ?? '',
      code: before?.code ?? suggestedCode,
    };
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
      const changes = changesOf(this.#before, values);
      if (Object.keys(changes).length > 0) await updateTerritory(this.#data, this.#before, changes);
      return this.#before.id;
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
    if (error.code === 'already_exists') this.problems = { code: m.territory_code_taken() };
    else this.problems = { [field ?? 'whole']: errorWords(error) };
  }
}

function changesOf(before: OutlinedTerritory, values: TerritoryFields): Partial<TerritoryFields> {
  return {
    ...(values.name !== before.name && { name: values.name }),
    ...(values.name_ar !== before.name_ar && { name_ar: values.name_ar }),
    ...(values.code !== before.code && { code: values.code }),
    ...(values.boundary !== before.boundary && { boundary: values.boundary }),
  };
}
