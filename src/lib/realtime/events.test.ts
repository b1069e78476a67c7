import { expect, it } from 'vitest';
import { parseEvent } from './events';
import { carriesCustomers, hasPresence, topics } from './topics';

const id = '6f1d2a3e-0000-4000-8000-000000000001';

it('an announced change is understood, anything misshapen is ignored', () => {
  const payload = {
    table: 'customers',
    op: 'update',
    id,
    org_id: id,
    version: 3,
    actor: null,
    at: '2026-11-21',
  };
  expect(parseEvent('change', payload)).toMatchObject({ event: 'change', payload: { version: 3 } });
  expect(parseEvent('change', { ...payload, op: 'explode' })).toBeNull();
  expect(parseEvent('change', 'text')).toBeNull();
  expect(parseEvent('unheard_of', payload)).toBeNull();
});

it('positions from other browsers are bounded', () => {
  const hold = { user_id: id, customer_id: id, status: 'lead', index: 1, x: 0.5, y: 2 };
  expect(parseEvent('hold', hold)).toEqual({ event: 'hold', payload: hold });
  expect(parseEvent('hold', { ...hold, x: 1e9 })).toBeNull();
  expect(parseEvent('hold', { ...hold, y: Number.NaN })).toBeNull();
  expect(parseEvent('hold', { ...hold, status: 'hell' })).toBeNull();
});

it('customers are heard where the database says', () => {
  const standing = ['org:o', 'org:o:customers', 'owner:o:a', 'user:a', 'board:o:pipeline', 'customer:c'];
  expect(standing.filter(carriesCustomers)).toEqual(['org:o:customers', 'owner:o:a']);
});

it('people see each other in the organisation and on a record', () => {
  expect([topics.organization('o'), topics.customerPeople('c')].every(hasPresence)).toBe(true);
  const silent = ['org:o:customers', topics.pipeline('o'), 'owner:o:u', topics.user('u')] as const;
  expect(silent.some(hasPresence)).toBe(false);
});
