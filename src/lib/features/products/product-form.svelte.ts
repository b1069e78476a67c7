import type { DataContext } from '$lib/data/context';
import { createProduct, updateProduct } from '$lib/data/products/mutations';
import type { Product } from '$lib/data/products/schema';
import { parseAmount } from '$lib/domain/money';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError } from '$lib/supabase/errors';

const COLUMNS = ['name', 'description', 'sku', 'unit_price', 'currency'] as const;
type Column = (typeof COLUMNS)[number];
type Values = Pick<Product, Column>;

/** Adding or changing a product. Only what was changed is sent, so that others' changes to the rest stay. */
export class ProductForm {
  readonly #data: DataContext;
  readonly #before: Product | null;
  fields = $state({ name: '', description: '', sku: '', price: '', currency: '' });
  problems = $state.raw<Partial<Record<Column, string>>>({});
  /** What is wrong with the whole. */
  problem = $state<string | null>(null);
  isSaving = $state(false);

  constructor(data: DataContext, product: Product | null, currency: string) {
    this.#data = data;
    this.#before = product;
    this.fields = {
      name: product?.name ?? '',
      description: product?.description ?? '',
      sku: product?.sku ?? '',
      price: product?.unit_price?.toString() ?? '',
      currency: product?.currency ?? currency,
    };
  }

  /** @returns whether it has been stored */
  async save(): Promise<boolean> {
    const values = this.#read();
    if (!values || this.isSaving) return false;
    this.isSaving = true;
    this.problem = null;
    try {
      if (this.#before) await this.#update(this.#before, values);
      else await createProduct(this.#data, { ...values, org_id: this.#data.orgId });
      return true;
    } catch (error) {
      this.#show(error);
      return false;
    } finally {
      this.isSaving = false;
    }
  }

  async #update(before: Product, values: Values): Promise<void> {
    const changed = COLUMNS.filter((column) => values[column] !== before[column]);
    if (changed.length === 0) return;
    const changes = Object.fromEntries(changed.map((column) => [column, values[column]]));
    await updateProduct(this.#data, before.id, changes);
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
    if (error.code === 'already_exists') this.problems = { sku: m.product_sku_taken() };
    else if (column) this.problems = { [column]: errorWords(error) };
    else this.problem = errorWords(error);
  }
}
