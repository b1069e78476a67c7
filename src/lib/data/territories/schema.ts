import * as z from 'zod/mini';
import { isBoundary, type Boundary } from '$lib/domain/geo/boundary';
import { LEVELS } from '$lib/domain/territories';

const territorySchema = z.object({
  id: z.uuid(),
  level: z.enum(LEVELS),
  parent_id: z.nullable(z.uuid()),
  code: z.string(),
  name: z.string(),
  name_ar: z.nullable(z.string()),
  /** Ids from the country down, without dashes, joined by dots. */
  path: z.string(),
  version: z.number(),
});

/** A territory without its outline, as lists and breadcrumbs need it. */
export type Territory = z.infer<typeof territorySchema>;
export const TERRITORY_COLUMNS = 'id, level, parent_id, code, name, name_ar, path, version';

/** With its outline, as the map needs it. */
export interface OutlinedTerritory extends Territory {
  boundary: Boundary | null;
}

export const parseTerritories = (rows: unknown): Territory[] => z.array(territorySchema).parse(rows);

export function parseOutlined(rows: unknown): OutlinedTerritory[] {
  const outlined = z.array(z.extend(territorySchema, { boundary: z.unknown() })).parse(rows);
  return outlined.map(({ boundary, ...territory }) => ({
    ...territory,
    boundary: isBoundary(boundary) ? boundary : null,
  }));
}

const assignmentSchema = z.object({
  id: z.uuid(),
  user_id: z.uuid(),
  territory_id: z.uuid(),
  starts_on: z.string(),
  ends_on: z.nullable(z.string()),
  is_primary: z.boolean(),
  version: z.number(),
  territory: territorySchema,
});

/** Who looks after which territory, from the first to the last day. */
export type Assignment = z.infer<typeof assignmentSchema>;
export const ASSIGNMENT_COLUMNS = `id, user_id, territory_id, starts_on, ends_on, is_primary, version, territory:territories!inner(${TERRITORY_COLUMNS})`;

export const parseAssignments = (rows: unknown): Assignment[] => z.array(assignmentSchema).parse(rows);

const reportSchema = z.object({
  rows: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  applied: z.boolean(),
  error_count: z.number(),
  errors: z.array(
    z.object({
      line: z.nullable(z.number()),
      field: z.string(),
      code: z.string(),
      message: z.string(),
    }),
  ),
});

/** What an import did or would do. */
export type ImportReport = z.infer<typeof reportSchema>;

export const parseImportReport = (answer: unknown): ImportReport => reportSchema.parse(answer);
