import type { Edits } from '../edits/edits.svelte';
import { byName, toNewProduct, type Product } from './schema';

/** The list as this person means it to be: what is true, with what is under way on top, and what is being added. */
export function withUnderWay(
  products: readonly Product[],
  edits: Pick<Edits, 'over' | 'adding'>,
): readonly Product[] {
  const known = new Set(products.map(({ id }) => id));
  const added = edits.adding('products').flatMap(({ row, at }) => {
    const product = toNewProduct(row, at);
    return product && !known.has(product.id) ? [product] : [];
  });
  const all = added.length === 0 ? products : [...products, ...added].sort(byName);
  return all.map((product) => edits.over('products', product));
}
