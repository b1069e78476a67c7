import { infiniteQueryOptions, queryOptions } from '@tanstack/svelte-query';
import { idsOfPath, type Level } from '$lib/domain/territories';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { territoryKeys } from './keys';
import {
  ASSIGNMENT_COLUMNS,
  parseAssignments,
  parseOutlined,
  parseTerritories,
  TERRITORY_COLUMNS,
  type Assignment,
  type OutlinedTerritory,
  type Territory,
} from './schema';

type Client = DataContext['client'];

/** Territories that are fetched at once; the next page begins after the last one. */
export const PAGE_SIZE = 200;
/** Assignments that are looked at together; more are not shown. */
const MOST_ASSIGNMENTS = 1_000;
const MOST_FOUND = 20;

/** Where a page ends: the order is by name, then id. */
export interface Place {
  name: string;
  id: string;
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** What lies directly in a territory, or the countries. */
export async function fetchBelow(
  client: Client,
  orgId: string,
  parentId: string | null,
  after?: Place,
  signal?: AbortSignal,
): Promise<OutlinedTerritory[]> {
  let request = client
    .from('territories')
    .select(`${TERRITORY_COLUMNS}, boundary`)
    .eq('org_id', orgId)
    .order('name')
    .order('id')
    .limit(PAGE_SIZE);
  request = parentId === null ? request.is('parent_id', null) : request.eq('parent_id', parentId);
  if (after) {
    const name = quoted(after.name);
    request = request.or(`name.gt.${name},and(name.eq.${name},id.gt.${after.id})`);
  }
  if (signal) request = request.abortSignal(signal);
  return parseOutlined(unwrap(await request));
}

export async function fetchTerritory(client: Client, orgId: string, id: string): Promise<OutlinedTerritory> {
  const answer = await client
    .from('territories')
    .select(`${TERRITORY_COLUMNS}, boundary`)
    .eq('org_id', orgId)
    .eq('id', id)
    .single();
  const [territory] = parseOutlined([unwrap(answer)]);
  if (!territory) throw new Error('A single row is one row.');
  return territory;
}

/** Territories by id, for breadcrumbs and names; what does not exist is left out. */
async function fetchNamed(client: Client, orgId: string, ids: readonly string[]): Promise<Territory[]> {
  if (ids.length === 0) return [];
  return parseTerritories(
    unwrap(
      await client
        .from('territories')
        .select(TERRITORY_COLUMNS)
        .eq('org_id', orgId)
        .in('id', [...ids]),
    ),
  );
}

/** A territory that was found, with those around it from the country down. */
export interface FoundTerritory extends Territory {
  around: Territory[];
}

/** Territories whose name or code contains the text, of one level or of all. */
export async function searchTerritories(
  client: Client,
  orgId: string,
  text: string,
  level: Level | null,
  signal?: AbortSignal,
): Promise<FoundTerritory[]> {
  // Not quoted, because gateways differ in how they read quotes here: what has a meaning in the filter stands for any character.
  const pattern = `*${text.trim().replaceAll(/[,()"\\%*]/g, '_')}*`;
  let request = client
    .from('territories')
    .select(TERRITORY_COLUMNS)
    .eq('org_id', orgId)
    .or(`name.ilike.${pattern},name_ar.ilike.${pattern},code.ilike.${pattern}`)
    .order('name')
    .order('id')
    .limit(MOST_FOUND);
  if (level) request = request.eq('level', level);
  if (signal) request = request.abortSignal(signal);
  return withAround(client, orgId, parseTerritories(unwrap(await request)));
}

/** One territory with those around it. */
export async function fetchFound(client: Client, orgId: string, id: string): Promise<FoundTerritory | null> {
  const [found] = await withAround(client, orgId, await fetchNamed(client, orgId, [id]));
  return found ?? null;
}

async function withAround(
  client: Client,
  orgId: string,
  territories: readonly Territory[],
): Promise<FoundTerritory[]> {
  const wanted = new Set(territories.flatMap(({ path }) => idsOfPath(path).slice(0, -1)));
  const known = new Map((await fetchNamed(client, orgId, [...wanted])).map((one) => [one.id, one]));
  return territories.map((territory) => ({
    ...territory,
    around: idsOfPath(territory.path)
      .slice(0, -1)
      .flatMap((id) => known.get(id) ?? []),
  }));
}

/** Who is assigned today to a territory, to what lies around it and to what lies in it; without a path, to anything. */
async function fetchInForce(
  client: Client,
  orgId: string,
  path: string | null,
  today: string,
): Promise<Assignment[]> {
  const inForce = () =>
    client
      .from('territory_assignments')
      .select(ASSIGNMENT_COLUMNS)
      .eq('org_id', orgId)
      .lte('starts_on', today)
      .or(`ends_on.is.null,ends_on.gte.${today}`)
      .order('starts_on')
      .order('id')
      .limit(MOST_ASSIGNMENTS);
  if (path === null) return parseAssignments(unwrap(await inForce()));
  const around = idsOfPath(path).slice(0, -1);
  const [below, above] = await Promise.all([
    inForce().filter('territory.path', 'cd', path),
    around.length > 0 ? inForce().in('territory_id', around) : null,
  ]);
  return [...parseAssignments(unwrap(below)), ...(above ? parseAssignments(unwrap(above)) : [])];
}

async function fetchAssignments(
  client: Client,
  orgId: string,
  column: 'territory_id' | 'user_id',
  id: string,
): Promise<Assignment[]> {
  const answer = await client
    .from('territory_assignments')
    .select(ASSIGNMENT_COLUMNS)
    .eq('org_id', orgId)
    .eq(column, id)
    .order('starts_on', { ascending: false })
    .order('id')
    .limit(MOST_ASSIGNMENTS);
  return parseAssignments(unwrap(answer));
}

/** The whole tree, wider territories before those in them, page after page. */
export async function* allTerritories(client: Client, orgId: string): AsyncGenerator<OutlinedTerritory[]> {
  for (let after = ''; ;) {
    let request = client
      .from('territories')
      .select(`${TERRITORY_COLUMNS}, boundary`)
      .eq('org_id', orgId)
      .order('path')
      .limit(PAGE_SIZE);
    if (after) request = request.gt('path', after);
    const page = parseOutlined(unwrap(await request));
    if (page.length > 0) yield page;
    after = page.at(-1)?.path ?? '';
    if (page.length < PAGE_SIZE) return;
  }
}

/** The bricks in these territories, at any depth. */
export async function fetchBricks(
  client: Client,
  orgId: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  let request = client.rpc('bricks_within', { org_id: orgId, territory_ids: [...ids] });
  if (signal) request = request.abortSignal(signal);
  return unwrap(await request);
}

export const territoryQueries = {
  below: ({ client, orgId }: DataContext, parentId: string | null) =>
    infiniteQueryOptions({
      queryKey: territoryKeys.below(orgId, parentId),
      queryFn: ({ pageParam, signal }) => fetchBelow(client, orgId, parentId, pageParam, signal),
      initialPageParam: undefined as Place | undefined,
      getNextPageParam: (page: OutlinedTerritory[]): Place | undefined => {
        const last = page.at(-1);
        return last && page.length === PAGE_SIZE ? { name: last.name, id: last.id } : undefined;
      },
    }),
  detail: ({ client, orgId }: DataContext, id: string) =>
    queryOptions({
      queryKey: territoryKeys.detail(orgId, id),
      queryFn: () => fetchTerritory(client, orgId, id),
    }),
  found: ({ client, orgId }: DataContext, id: string) =>
    queryOptions({
      queryKey: territoryKeys.found(orgId, id),
      queryFn: () => fetchFound(client, orgId, id),
    }),
  named: ({ client, orgId }: DataContext, ids: readonly string[]) =>
    queryOptions({
      queryKey: territoryKeys.named(orgId, ids),
      queryFn: () => fetchNamed(client, orgId, ids),
    }),
  search: ({ client, orgId }: DataContext, text: string, level: Level | null) =>
    queryOptions({
      queryKey: territoryKeys.search(orgId, level, text),
      queryFn: ({ signal }) => searchTerritories(client, orgId, text, level, signal),
    }),
  inForce: ({ client, orgId }: DataContext, path: string | null, today: string) =>
    queryOptions({
      queryKey: territoryKeys.inForce(orgId, path, today),
      queryFn: () => fetchInForce(client, orgId, path, today),
    }),
  ofTerritory: ({ client, orgId }: DataContext, id: string) =>
    queryOptions({
      queryKey: territoryKeys.ofTerritory(orgId, id),
      queryFn: () => fetchAssignments(client, orgId, 'territory_id', id),
    }),
  ofPerson: ({ client, orgId }: DataContext, userId: string) =>
    queryOptions({
      queryKey: territoryKeys.ofPerson(orgId, userId),
      queryFn: () => fetchAssignments(client, orgId, 'user_id', userId),
    }),
  /** How many territories lie in one, at any depth. */
  belowCount: ({ client, orgId }: DataContext, { id, path }: Pick<Territory, 'id' | 'path'>) =>
    queryOptions({
      queryKey: territoryKeys.belowCount(orgId, id),
      queryFn: async () => {
        const { count, error, status } = await client
          .from('territories')
          .select('id', { count: 'exact', head: true })
          .eq('org_id', orgId)
          .filter('path', 'cd', path)
          .neq('id', id);
        unwrap({ data: true, error, status });
        return count ?? 0;
      },
    }),
  /** Which bricks are in these territories; stays true until the tree changes. */
  bricks: ({ client, orgId }: DataContext, ids: readonly string[]) =>
    queryOptions({
      queryKey: territoryKeys.bricks(orgId, ids),
      staleTime: Infinity,
      queryFn: ({ signal }) => fetchBricks(client, orgId, ids, signal),
    }),
  /** How many customers on the board lie in a territory, at any depth, of those one may see. */
  customersIn: ({ client, orgId }: DataContext, id: string) =>
    queryOptions({
      queryKey: territoryKeys.customersIn(orgId, id),
      queryFn: async ({ signal }) => {
        const request = client.rpc('board_summary', { org_id: orgId, territory_ids: [id] });
        const lines = unwrap(await request.abortSignal(signal));
        return lines.reduce((sum, { customers }) => sum + customers, 0);
      },
    }),
};
