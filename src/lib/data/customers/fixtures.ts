import { newCustomer, type Customer } from './schema';

/** A customer for tests. */
export function customer(fields: Partial<Customer> = {}): Customer {
  const made = newCustomer(
    { id: 'a', org_id: 'org', name: 'Acme', status: 'lead', currency: 'EUR', owner_id: null },
    'a0',
  );
  return {
    ...made,
    version: 1,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    ...fields,
  };
}
