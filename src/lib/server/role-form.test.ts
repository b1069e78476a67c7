import { expect, test } from 'vitest';
import { readRoleForm } from './role-form';

test('reads what a role allows, and nothing that is no permission with a scope', () => {
  const form = new FormData();
  form.append('name', 'Planner');
  form.append('version', '3');
  form.append('allow:customers:read', 'territory');
  form.append('allow:customers:update', '');
  form.append('allow:settings:update', 'everything');
  form.append('allow:__proto__', 'all');
  expect(readRoleForm(form)).toEqual({
    name: 'Planner',
    description: '',
    allows: { 'customers:read': 'territory' },
    version: 3,
  });
});

test('a new role has no version', () => {
  expect(readRoleForm(new FormData()).version).toBeNull();
});
