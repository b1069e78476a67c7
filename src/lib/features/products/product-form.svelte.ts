import type { FieldConflict } from '$lib/data/customers/schema';
import type { DataContext } from '$lib/data/context';
import type { Choice, Edits } from '$lib/data/edits/edits.svelte';
import { createProduct } from '$lib/data/products/mutations';
import type { Product } from '$lib/data/products/schema';
import { parseAmount } from '$lib/domain/money';
import { bothTexts, diff, isEmptyPatch } from '$lib/domain/patch';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError } from '$lib/supabase/errors';

const COLUMNS = ['name', 'description', 'sku', 'unit_price', 'currency'] as const;
type Column = (typeof COLUMNS)[number];
type Values = Pick<Product, Column>;

/**
 * Adding or changing a product. Only what was changed is sent, with what stood there: others' changes to the rest stay,
 * and one to the same field becomes a choice.
 */
export class ProductForm {
  readonly #data: DataContext;
  readonly #edits: Edits;
  readonly #product: Product | null;
  /** What the person has seen: the record as it was opened, and what colleagues made of it where that was shown. */
  #seen: Values | null;
  fields = $state({ name: '', description: '', sku: '', price: '', currency: '' });
  problems = $state.raw<Partial<Record<Column, string>>>({});
  conflicts = $state.raw<Partial<Record<Column, FieldConflict>>>({});
  /** What is wrong with the whole. */
  problem = $state<string | null>(null);
  isSaving = $state(false);

  constructor(data: DataContext, edits: Edits, product: Product | null, currency: string) {
    this.#data = data;
    this.#edits = edits;
    this.#product = product;
    this.#seen = product;
    this.fields = {
      name: product?.name ?? '',
      description: product?.description ?? '',
      sku: product?.sku ?? '',
      price: product?.unit_price?.toString() ?? '',
      currency: product?.currency ?? currency,
    };
  }

  /** @returns whether it has been stored, or will be once the server can be reached */
  async save(): Promise<boolean> {
    const values = this.#read();
    if (!values || this.isSaving) return false;
    this.isSaving = true;
    this.problem = null;
    try {
      if (this.#product && this.#seen) return await this.#change(this.#product, this.#seen, values);
      await createProduct(this.#data, { ...values, org_id: this.#data.orgId });
      return true;
    } catch (error) {
      this.#show(error);
      return false;
    } finally {
      this.isSaving = false;
    }
  }

  /** Answers a conflict; what is to be stored over a colleague's value goes with the next saving. */
  choose(column: Column, choice: Choice): void {
    const conflict = this.conflicts[column];
    if (!conflict || !this.#seen) return;
    const { [column]: _, ...others } = this.conflicts;
    this.conflicts = others;
    this.#seen = { ...this.#seen, [column]: conflict.theirs };
    if (choice === 'mine') return;
    const [mine, theirs] = [this.text(conflict.yours), this.text(conflict.theirs)];
    this.fields[column === 'unit_price' ? 'price' : column] =
      choice === 'both' ? bothTexts(theirs, mine) : theirs;
  }

  /** A stored value as the form writes it. */
  text(value: unknown): string {
    return value === null || value === undefined ? '' : String(value);
  }

  async #change({ id, name }: Product, seen: Values, values: Values): Promise<boolean> {
    const patch = diff(pick(seen), values);
    if (isEmptyPatch(patch)) return true;
    const outcome = await this.#edits.perform(
      { kind: 'patch', table: 'products', recordId: id, title: name, ...patch },
      { forgetConflict: true },
    );
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind !== 'conflict') return true;
    // The rest is stored: what is left is what a colleague changed as well.
    this.#seen = { ...seen, ...pick(values), ...pick(seen, outcome.conflicts) };
    this.conflicts = Object.fromEntries(outcome.conflicts.map((conflict) => [conflict.field, conflict]));
    return false;
  }

  #read(): Values | null {
    const { name, description, sku, price, currency } = this.fields;
    const amount = price.trim() === '' ? null : parseAmount(price);
    const problems: Partial<Record<Column, string>> = {};
    if (name.trim() === '') problems.name = m.error_value_required();
    if (price.trim() !== '' && amount === null) problems.unit_price = m.product_price_unreadable();
    this.problems = problems;
    if (Object.keys(problems).length > 0) return null;
    return {
      name: name.trim(),
      description: description.trim() || null,
      sku: sku.trim() || null,
      unit_price: amount,
      currency,
    };
  }

  #show(cause: unknown): void {
    const error = toAppError(cause);
    const column = COLUMNS.find((one) => one === error.field);
    // The only thing that is unique about a product is its article number.
    if (error.code === 'already_exists' || error.code === 'already_taken')
      this.problems = { sku: m.product_sku_taken() };
    else if (column) this.problems = { [column]: errorWords(error) };
    else this.problem = errorWords(error);
  }
}

/** The columns of the form, or those of them that are in conflict. */
function pick(values: Values, conflicts?: readonly FieldConflict[]): Partial<Values> {
  const wanted = COLUMNS.filter((column) => !conflicts || conflicts.some(({ field }) => field === column));
  return Object.fromEntries(wanted.map((column) => [column, values[column]]));
}
