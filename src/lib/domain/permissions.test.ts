import { describe, expect, it } from 'vitest';
import { can, scopeOf, type Access } from './permissions';

const rep: Access = { roles: ['medical_rep'], permissions: [{ key: 'customers:update', scope: 'own' }] };
const mixed: Access = {
  roles: ['medical_rep', 'manager'],
  permissions: [...rep.permissions, { key: 'customers:update', scope: 'all' }],
};
const mine = { userId: 'me', ownerId: 'me' };

describe('what the interface offers', () => {
  it('is nothing without the permission', () => {
    expect(can(rep, 'customers:delete')).toBe(false);
    expect(can({ roles: [], permissions: [] }, 'customers:update', mine)).toBe(false);
  });

  it('with scope own covers own rows and those of reports, not strangers or nobody', () => {
    expect(can(rep, 'customers:update', mine)).toBe(true);
    expect(
      can(rep, 'customers:update', { userId: 'me', ownerId: 'report', reportIds: new Set(['report']) }),
    ).toBe(true);
    expect(can(rep, 'customers:update', { userId: 'me', ownerId: 'other' })).toBe(false);
    expect(can(rep, 'customers:update', { userId: 'me', ownerId: null })).toBe(false);
  });

  it('with scope territory covers besides what is seen because it lies there', () => {
    const field: Access = {
      roles: ['medical_rep'],
      permissions: ['read', 'update'].map((action) => ({ key: `customers:${action}`, scope: 'territory' })),
    };
    const ofOthers = { userId: 'me', ownerId: 'other' };
    expect(can(field, 'customers:update', mine)).toBe(true);
    expect(can(field, 'customers:update', { ...ofOthers, territoryId: 'brick' })).toBe(true);
    expect(can(field, 'customers:update', { ...ofOthers, territoryId: null })).toBe(false);
    expect(can(field, 'customers:delete', { ...ofOthers, territoryId: 'brick' })).toBe(false);
    const readsAll: Access = {
      roles: ['viewer', 'medical_rep'],
      permissions: [...field.permissions, { key: 'customers:read', scope: 'all' }],
    };
    expect(can(readsAll, 'customers:update', { ...ofOthers, territoryId: 'brick' })).toBe(false);
  });

  it('follows the widest of several roles', () => {
    expect(scopeOf(mixed, 'customers:update')).toBe('all');
    expect(can(mixed, 'customers:update', { userId: 'me', ownerId: null })).toBe(true);
  });
});
