import { fetchRows, hasRows, type FetchedRow, type RowTable } from '$lib/data/changes/rows';
import { findCached } from '$lib/data/customers/apply';
import type { DataContext } from '$lib/data/context';
import type { ChangeEvent } from '../events';

/** A row that is to be read: which, and at least which version. */
type Wanted = Pick<ChangeEvent, 'id' | 'version' | 'actor' | 'at'>;

/** What somebody did longer ago does not glow on screen as if it happened now. */
const JUST_NOW_MS = 10_000;
/** An announcement can overtake the commit by a moment. */
const AGAIN_MS = 300;

/**
 * Reads rows of a table and words them as changes. One that this person may not see, or that is no more, comes as
 * deleted: what is on screen of it, up to the version that was announced, goes.
 *
 * @throws AppError when they cannot be read
 */
export async function readMissedRows(
  data: DataContext,
  table: RowTable,
  wanted: readonly Wanted[],
): Promise<ChangeEvent[]> {
  const cached = new Map(wanted.flatMap((change) => cachedCopy(data, table, change) ?? []));
  const missing = wanted.map(({ id }) => id).filter((id) => !cached.has(id));
  const fetched = missing.length > 0 ? await fetchRows(data, table, missing) : new Map<string, FetchedRow>();
  return wanted.map((change) =>
    toChange(data, table, change, cached.get(change.id) ?? fetched.get(change.id)),
  );
}

/** The same for rows that were announced live without what they say. */
export async function readIncomplete(
  data: DataContext,
  changes: readonly ChangeEvent[],
): Promise<ChangeEvent[]> {
  const tables = [...new Set(changes.map(({ table }) => table))].filter(hasRows);
  const read = () =>
    Promise.all(
      tables.map((table) =>
        readMissedRows(
          data,
          table,
          changes.filter((change) => change.table === table),
        ),
      ),
    );
  const first = (await read()).flat();
  const versions = new Map(changes.map(({ id, version }) => [id, version ?? 0]));
  if (first.every(({ id, op, version }) => op !== 'delete' && (version ?? 0) >= (versions.get(id) ?? 0))) {
    return first;
  }
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  return (await read()).flat();
}

/** A customer that one view has in this version already is brought into the others without asking. */
function cachedCopy(
  { queryClient, orgId }: DataContext,
  table: RowTable,
  { id, version }: Wanted,
): [string, FetchedRow][] | null {
  if (table !== 'customers') return null;
  const copy = findCached(queryClient, orgId, id);
  return copy && copy.version >= (version ?? 0) ? [[id, copy]] : null;
}

function toChange(
  { orgId }: DataContext,
  table: RowTable,
  { id, version, actor, at }: Wanted,
  row: FetchedRow | undefined,
): ChangeEvent {
  const isRecent = Date.now() - Date.parse(at) < JUST_NOW_MS;
  const change = { table, id, org_id: orgId, actor: isRecent ? actor : null, at };
  if (!row || row.deleted_at) return { ...change, op: 'delete', version };
  const found = typeof row.version === 'number' ? row.version : version;
  return { ...change, op: 'update', version: found, record: row };
}
