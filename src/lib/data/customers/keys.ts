import type { Stage } from '$lib/domain/stages';
import type { BoardFilters } from './schema';

/** Keys of everything cached about customers. The filters are part of the key, so each view keeps its own pages. */
export const customerKeys = {
  all: (orgId: string) => ['customers', orgId] as const,
  columns: (orgId: string) => ['customers', orgId, 'column'] as const,
  column: (orgId: string, stage: Stage, filters: BoardFilters) =>
    ['customers', orgId, 'column', stage, filters] as const,
  summaries: (orgId: string) => ['customers', orgId, 'summary'] as const,
  summary: (orgId: string, filters: BoardFilters) => ['customers', orgId, 'summary', filters] as const,
  details: (orgId: string) => ['customers', orgId, 'detail'] as const,
  detail: (orgId: string, id: string) => ['customers', orgId, 'detail', id] as const,
  facets: (orgId: string) => ['customers', orgId, 'facets'] as const,
};
