import { expect, test } from 'vitest';
import { allowsSame, isWithin, roleMatrix, scopesOf } from './role-matrix';

const entry = (key: string, is_scoped = false) => {
  const [resource = '', action = ''] = key.split(':');
  return { key, resource, action, is_scoped };
};

test('the matrix begins with what people look for and leaves out what makes no sense', () => {
  const keys = ['audit:read', 'customers:assign', 'customers:read', 'settings:update', 'trash:restore'];
  const { actions, rows } = roleMatrix(keys.map((key) => entry(key)));
  expect(actions).toEqual(['read', 'update', 'assign', 'restore']);
  expect(rows.map(({ resource }) => resource)).toEqual(['customers', 'audit', 'settings', 'trash']);
  expect(rows[0]?.cells.map((cell) => cell?.key ?? null)).toEqual([
    'customers:read',
    null,
    'customers:assign',
    null,
  ]);
});

test('only what has owners or territories can be given in part', () => {
  expect(scopesOf(entry('customers:read', true))).toEqual(['own', 'territory', 'all']);
  expect(scopesOf(entry('settings:update'))).toEqual(['all']);
});

test('a scope lies within itself and what is wider', () => {
  expect(isWithin('own', 'territory')).toBe(true);
  expect(isWithin('territory', 'territory')).toBe(true);
  expect(isWithin('all', 'territory')).toBe(false);
  expect(isWithin('own', null)).toBe(false);
});

test('the order in which permissions are named does not matter', () => {
  expect(allowsSame({ a: 'all', b: 'own' }, { b: 'own', a: 'all' })).toBe(true);
  expect(allowsSame({ a: 'all' }, { a: 'own' })).toBe(false);
  expect(allowsSame({ a: 'all' }, { a: 'all', b: 'own' })).toBe(false);
});
