import type { TrailFilters } from './schema';

export const auditKeys = {
  history: (orgId: string, table: string, recordId: string) =>
    ['audit', orgId, 'history', table, recordId] as const,
  names: (orgId: string, references: readonly unknown[]) => ['audit', orgId, 'names', references] as const,
  trail: (orgId: string, filters: TrailFilters) => ['audit', orgId, 'trail', filters] as const,
};
