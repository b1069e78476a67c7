import type { Boundary } from '$lib/domain/geo/boundary';
import type { Level } from '$lib/domain/territories';
import type { Json } from '$lib/supabase/database.types';
import { AppError, unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { territoryKeys } from './keys';
import {
  parseImportReport,
  parseTerritories,
  TERRITORY_COLUMNS,
  type ImportReport,
  type Territory,
} from './schema';

/** What people write about a territory. */
export interface TerritoryFields {
  code: string;
  name: string;
  name_ar: string | null;
  boundary: Boundary | null;
}

/** What people write about an assignment. */
export interface AssignmentFields {
  starts_on: string;
  ends_on: string | null;
  is_primary: boolean;
}

const asJson = (boundary: Boundary | null): Json => (boundary ? JSON.parse(JSON.stringify(boundary)) : null);

/** @throws AppError `already_exists` (code), `parent_not_found`, `invalid_value` with its field */
export async function createTerritory(
  data: DataContext,
  { boundary, ...fields }: TerritoryFields,
  place: { level: Level; parentId: string | null },
): Promise<Territory> {
  const row = {
    ...fields,
    boundary: asJson(boundary),
    org_id: data.orgId,
    level: place.level,
    parent_id: place.parentId,
    // The database computes it.
    path: undefined,
  };
  const answer = await data.client.from('territories').insert(row).select(TERRITORY_COLUMNS);
  return settle(data, parseTerritories(unwrap(answer)));
}

/**
 * Moves a territory that still lies where it was seen.
 *
 * @throws AppError `parent_not_one_level_up`, `changed_meanwhile`, `territory_not_found`, `territories_update_denied`
 */
export async function moveTerritory(
  data: DataContext,
  { id, parent_id: seen }: Pick<Territory, 'id' | 'parent_id'>,
  parentId: string,
): Promise<void> {
  const answer = await data.client.rpc('move_territory', {
    territory_id: id,
    new_parent_id: parentId,
    ...(seen && { seen_parent_id: seen }),
  });
  unwrap(answer);
  await refresh(data);
}

/** @throws AppError `territory_in_use` with `{territories, customers, assignments}` */
export async function deleteTerritory(data: DataContext, id: string): Promise<void> {
  gone(unwrap(await data.client.from('territories').delete().eq('id', id).select('id')));
  await refresh(data);
}

/** @throws AppError `already_assigned`, `another_primary`, `ends_before_it_begins` */
export async function assignPerson(
  data: DataContext,
  fields: AssignmentFields & { user_id: string; territory_id: string },
): Promise<void> {
  const row = { ...fields, org_id: data.orgId };
  unwrap(await data.client.from('territory_assignments').insert(row).select('id').single());
  await refresh(data);
}

/** @throws AppError `changed_meanwhile`, `already_assigned`, `another_primary`, `ends_before_it_begins` */
export async function updateAssignment(
  data: DataContext,
  { id, version }: { id: string; version: number },
  changes: Partial<AssignmentFields>,
): Promise<void> {
  const answer = await data.client
    .from('territory_assignments')
    .update(changes)
    .eq('id', id)
    .eq('version', version)
    .select('id');
  const isKept = unwrap(answer).length > 0;
  await refresh(data);
  if (!isKept) throw new AppError({ kind: 'conflict', code: 'changed_meanwhile', retryable: true });
}

export async function removeAssignment(data: DataContext, id: string): Promise<void> {
  gone(unwrap(await data.client.from('territory_assignments').delete().eq('id', id).select('id')));
  await refresh(data);
}

/** One line of a file, as the database takes it. */
export interface ImportLine {
  line: number;
  level: string;
  code: string;
  parent_code: string;
  name: string;
  name_ar: string;
  boundary: unknown;
}

/**
 * Adds and updates territories by code, all or none; a dry run only reports.
 *
 * @throws AppError `too_many_rows`, `territories_update_denied`
 */
export async function importTerritories(
  data: DataContext,
  lines: readonly ImportLine[],
  dryRun: boolean,
): Promise<ImportReport> {
  const rows: Json = JSON.parse(JSON.stringify(lines));
  const answer = await data.client.rpc('import_territories', { org_id: data.orgId, rows, dry_run: dryRun });
  const report = parseImportReport(unwrap(answer));
  if (report.applied) await refresh(data);
  return report;
}

/** Row-level security shows no row to who may not delete it; nor is there one when a colleague was faster. */
function gone(rows: readonly unknown[]): void {
  if (rows.length === 0) throw new AppError({ kind: 'not_found', code: 'not_found' });
}

async function settle(data: DataContext, rows: readonly Territory[]): Promise<Territory> {
  const [territory] = rows;
  if (!territory) throw new AppError({ kind: 'not_found', code: 'not_found' });
  await refresh(data);
  return territory;
}

const refresh = ({ queryClient, orgId }: DataContext): Promise<void> =>
  queryClient.invalidateQueries({ queryKey: territoryKeys.all(orgId) });
