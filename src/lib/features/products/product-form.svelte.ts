import type { FieldConflict } from '$lib/data/edits/answers';
import type { Choice, Edits } from '$lib/data/edits/edits.svelte';
import { FormPatch } from '$lib/data/edits/form-patch.svelte';
import type { Product } from '$lib/data/products/schema';
import { parseAmount } from '$lib/domain/money';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError } from '$lib/supabase/errors';

const COLUMNS = ['name', 'description', 'sku', 'unit_price', 'currency'] as const;
type Column = (typeof COLUMNS)[number];
type Values = Pick<Product, Column>;

/** Adding or changing a product. */
export class ProductForm {
  readonly #edits: Edits;
  readonly #orgId: string;
  /** Of a new product: the same over several attempts, so that none adds it twice. */
  readonly #id = crypto.randomUUID();
  readonly #patch: FormPatch<Column> | null;
  fields = $state({ name: '', description: '', sku: '', price: '', currency: '' });
  problems = $state.raw<Partial<Record<Column, string>>>({});
  /** What is wrong with the whole. */
  problem = $state<string | null>(null);
  isSaving = $state(false);

  constructor(
    edits: Edits,
    product: Product | null,
    { orgId, currency }: { orgId: string; currency: string },
  ) {
    this.#edits = edits;
    this.#orgId = orgId;
    this.#patch =
      product &&
      new FormPatch(edits, { table: 'products', recordId: product.id, title: product.name }, pick(product));
    this.fields = {
      name: product?.name ?? '',
      description: product?.description ?? '',
      sku: product?.sku ?? '',
      price: product?.unit_price?.toString() ?? '',
      currency: product?.currency ?? currency,
    };
  }

  /** What a colleague changed as well since the form was opened. */
  get conflicts(): Partial<Record<Column, FieldConflict>> {
    return this.#patch?.conflicts ?? {};
  }

  /** @returns whether it has been stored, or will be once the server can be reached */
  async save(): Promise<boolean> {
    const values = this.#read();
    if (!values || this.isSaving) return false;
    this.isSaving = true;
    this.problem = null;
    try {
      return await (this.#patch?.save(values) ?? this.#add(values));
    } catch (error) {
      this.#show(error);
      return false;
    } finally {
      this.isSaving = false;
    }
  }

  async #add(values: Values): Promise<boolean> {
    const row = { id: this.#id, org_id: this.#orgId, ...values };
    const outcome = await this.#edits.perform({
      kind: 'create',
      table: 'products',
      recordId: row.id,
      title: row.name,
      row,
    });
    if (outcome.kind === 'refused') throw outcome.error;
    return true;
  }

  choose(column: Column, choice: Choice): void {
    const value = this.#patch?.choose(column, choice);
    if (value !== undefined) this.fields[column === 'unit_price' ? 'price' : column] = this.text(value);
  }

  /** A stored value as the form writes it. */
  text(value: unknown): string {
    return value === null || value === undefined ? '' : String(value);
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

const pick = ({ name, description, sku, unit_price, currency }: Product): Values => ({
  name,
  description,
  sku,
  unit_price,
  currency,
});
