import { describe, expect, it } from 'vitest';
import { readFilters, recordIdIn, writeFilters } from './filters';
import { NO_FILTERS } from './schema';

const id = '6f1d2a3e-0000-4000-8000-000000000001';

describe('filters of the trail in an address', () => {
  it('come back as they were written', () => {
    const filters = { ...NO_FILTERS, actor: 'system', table: 'customers', from: '2026-11-01', record: id };
    expect(readFilters(new URLSearchParams(writeFilters(filters)))).toEqual(filters);
    expect(writeFilters(NO_FILTERS)).toBe('');
  });

  it.each(['actor=me', 'table=Customers;', 'action=%00', 'from=2026-13-45', 'to=tomorrow', 'record=1'])(
    'leave out what cannot be one: %s',
    (query) => {
      expect(readFilters(new URLSearchParams(query))).toEqual(NO_FILTERS);
    },
  );

  it('find the record in a pasted address', () => {
    expect(recordIdIn(`https://crm.example/acme/customers/${id.toUpperCase()}#log`)).toBe(id);
    expect(recordIdIn('something else')).toBe('');
  });
});
