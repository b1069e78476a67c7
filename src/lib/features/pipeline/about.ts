import type { Customer } from '$lib/data/customers/schema';

/** How an edit names the customer it is about. */
export const about = ({ id, name }: Pick<Customer, 'id' | 'name'>) => ({
  table: 'customers',
  recordId: id,
  title: name,
});
