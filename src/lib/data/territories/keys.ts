/** Territories and who is assigned to them: a change of one table may show in every one of these. */
export const territoryKeys = {
  all: (orgId: string) => ['territories', orgId] as const,
  below: (orgId: string, parentId: string | null) => ['territories', orgId, 'below', parentId] as const,
  detail: (orgId: string, id: string) => ['territories', orgId, 'detail', id] as const,
  named: (orgId: string, ids: readonly string[]) => ['territories', orgId, 'named', ids] as const,
  found: (orgId: string, id: string) => ['territories', orgId, 'found', id] as const,
  belowCount: (orgId: string, id: string) => ['territories', orgId, 'below-count', id] as const,
  search: (orgId: string, level: string | null, text: string) =>
    ['territories', orgId, 'search', level, text] as const,
  inForce: (orgId: string, path: string | null, today: string) =>
    ['territories', orgId, 'in-force', path, today] as const,
  ofTerritory: (orgId: string, id: string) => ['territories', orgId, 'of-territory', id] as const,
  ofPerson: (orgId: string, userId: string) => ['territories', orgId, 'of-person', userId] as const,
  bricks: (orgId: string, ids: readonly string[]) => ['territories', orgId, 'bricks', ids] as const,
  customersIn: (orgId: string, id: string) => ['territories', orgId, 'customers-in', id] as const,
};
