import { infiniteQueryOptions } from '@tanstack/svelte-query';
import { addDays, instantAt } from '$lib/domain/dates';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { auditKeys } from './keys';
import {
  asValues,
  parseVerification,
  type HistoryEntry,
  type TrailEntry,
  type TrailFilters,
  type Verification,
} from './schema';

const HISTORY_PAGE = 20;
const TRAIL_PAGE = 50;
/** A part takes about a second: a long trail shows how far it has come. */
const SEALS_AT_ONCE = 50;

type Client = Pick<DataContext['client'], 'from' | 'rpc'>;

/** What follows a page, or undefined after the last one. */
export interface TrailCursor {
  at: string;
  id: number;
}

async function fetchHistory(
  client: Client,
  table: string,
  recordId: string,
  before: number | null,
  signal?: AbortSignal,
): Promise<HistoryEntry[]> {
  let request = client.rpc('record_history', {
    table_name: table,
    record_id: recordId,
    page_size: HISTORY_PAGE,
    ...(before === null ? {} : { before_id: before }),
  });
  if (signal) request = request.abortSignal(signal);
  return unwrap(await request).map((entry) => ({
    ...entry,
    old_values: asValues(entry.old_values),
    new_values: asValues(entry.new_values),
  }));
}

/** One page of the trail, newest first. Days are those of the given time zone. */
export async function fetchTrail(
  client: Client,
  orgId: string,
  filters: TrailFilters,
  options: { timeZone: string; after?: TrailCursor | null; size?: number; signal?: AbortSignal },
): Promise<TrailEntry[]> {
  const { timeZone, after, size = TRAIL_PAGE, signal } = options;
  let request = client
    .from('audit_log')
    .select(
      'id, at, actor_kind, actor_id, api_key_id, address, request_id, table_name, record_id, action, old_values, new_values',
    )
    .eq('org_id', orgId)
    .order('at', { ascending: false })
    .order('id', { ascending: false })
    .limit(size);
  if (filters.actor === 'system') request = request.eq('actor_kind', 'system');
  else if (filters.actor) request = request.eq('actor_id', filters.actor);
  if (filters.table) request = request.eq('table_name', filters.table);
  // The trash is an update of a column that people never see.
  if (filters.action === 'trashed')
    request = request.eq('action', 'update').not('new_values->>deleted_at', 'is', null);
  else if (filters.action === 'restored')
    request = request.eq('action', 'update').eq('new_values->deleted_at', 'null');
  else if (filters.action) request = request.eq('action', filters.action);
  if (filters.record) request = request.eq('record_id', filters.record);
  if (filters.from) request = request.gte('at', instantAt(filters.from, '00:00', timeZone).toISOString());
  if (filters.to)
    request = request.lt('at', instantAt(addDays(filters.to, 1), '00:00', timeZone).toISOString());
  if (after) {
    // The first condition is what the index understands; the second tells rows of one instant apart.
    request = request
      .lte('at', after.at)
      .or(`at.lt."${after.at}",and(at.eq."${after.at}",id.lt.${after.id})`);
  }
  if (signal) request = request.abortSignal(signal);
  return unwrap(await request).map((entry) => ({
    ...entry,
    address: typeof entry.address === 'string' ? entry.address : null,
    old_values: asValues(entry.old_values),
    new_values: asValues(entry.new_values),
  }));
}

export const auditQueries = {
  /** The history of one record, a page at a time, newest first. */
  history: ({ client, orgId }: DataContext, table: string, recordId: string) =>
    infiniteQueryOptions({
      queryKey: auditKeys.history(orgId, table, recordId),
      initialPageParam: null as number | null,
      queryFn: ({ pageParam, signal }) => fetchHistory(client, table, recordId, pageParam, signal),
      getNextPageParam: (page) => (page.length < HISTORY_PAGE ? undefined : page.at(-1)?.id),
    }),

  /** The trail of the organisation, a page at a time, newest first. */
  trail: ({ client, orgId }: DataContext, filters: TrailFilters, timeZone: string) =>
    infiniteQueryOptions({
      queryKey: auditKeys.trail(orgId, filters),
      initialPageParam: null as TrailCursor | null,
      queryFn: ({ pageParam, signal }) =>
        fetchTrail(client, orgId, filters, { timeZone, after: pageParam, signal }),
      getNextPageParam: (page): TrailCursor | undefined => {
        const last = page.at(-1);
        return page.length < TRAIL_PAGE || !last ? undefined : { at: last.at, id: last.id };
      },
    }),
};

/**
 * Verifies the whole trail, part by part.
 *
 * @param onProgress how many rows have been found as they were written
 * @throws AppError `audit_read_denied`
 */
export async function verifyTrail(
  { client, orgId }: Pick<DataContext, 'client' | 'orgId'>,
  onProgress: (rows: number) => void,
): Promise<Verification> {
  let [seals, rows, after] = [0, 0, 0];
  for (;;) {
    const answer = await client.rpc('verify_audit', {
      org_id: orgId,
      after_seal: after,
      max_seals: SEALS_AT_ONCE,
    });
    const part = parseVerification(unwrap(answer));
    seals += part.seals;
    rows += part.rows;
    if (part.next_seal === null) return { ...part, seals, rows };
    after = part.next_seal;
    onProgress(rows);
  }
}

/** Tables whose rows people know by name; settings have a key. */
const NAMED = [
  'customers',
  'products',
  'client_types',
  'specialties',
  'roles',
  'territories',
  'settings',
] as const;
type NamedTable = (typeof NAMED)[number];

/** What a column refers to. */
const REFERS_TO: Readonly<Record<string, NamedTable>> = {
  customer_id: 'customers',
  product_id: 'products',
  client_type_id: 'client_types',
  specialty_id: 'specialties',
  role_id: 'roles',
  territory_id: 'territories',
};

/** Everything these rows name by id only: sorted, each once, so that the same rows ask the same. */
export function referencesOf(entries: readonly TrailEntry[]): { table: NamedTable; ids: string[] }[] {
  const found = new Map<NamedTable, Set<string>>(NAMED.map((table) => [table, new Set()]));
  for (const entry of entries) {
    const own = NAMED.find((table) => table === entry.table_name);
    if (own && entry.record_id) found.get(own)?.add(entry.record_id);
    for (const values of [entry.old_values, entry.new_values]) {
      for (const [field, value] of Object.entries(values ?? {})) {
        const table = REFERS_TO[field];
        if (table && typeof value === 'string') found.get(table)?.add(value);
      }
    }
  }
  return [...found]
    .filter(([, ids]) => ids.size > 0)
    .map(([table, ids]) => ({ table, ids: [...ids].sort().slice(0, 200) }));
}

/** Names by id; rows that are gone, and those one may not see, are missing. */
export async function fetchNames(
  { client, orgId }: Pick<DataContext, 'client' | 'orgId'>,
  references: readonly { table: NamedTable; ids: readonly string[] }[],
): Promise<Map<string, string>> {
  const rows = await Promise.all(
    references.map(async ({ table, ids }) =>
      unwrap(
        await (table === 'settings'
          ? client
              .from(table)
              .select('id, name:key')
              .eq('org_id', orgId)
              .in('id', [...ids])
          : client
              .from(table)
              .select('id, name')
              .eq('org_id', orgId)
              .in('id', [...ids])),
      ),
    ),
  );
  return new Map(rows.flat().map(({ id, name }) => [id, name]));
}
