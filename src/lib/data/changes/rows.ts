import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';

/** Tables whose rows are brought into the cache one by one; of any other, what is on screen is read again. */
const ROW_TABLES = ['customers', 'interactions', 'notifications'] as const;
export type RowTable = (typeof ROW_TABLES)[number];

export function hasRows(table: string): table is RowTable {
  return ROW_TABLES.some((known) => known === table);
}

/** As many ids as fit into one address. */
const BATCH = 200;

export interface FetchedRow {
  id: string;
  [column: string]: unknown;
}

/** Rows by id, as far as this person may see them: one that does not come back is no more to be seen. */
export async function fetchRows(
  { client, orgId }: Pick<DataContext, 'client' | 'orgId'>,
  table: RowTable,
  ids: readonly string[],
): Promise<Map<string, FetchedRow>> {
  const batches = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, index) =>
    ids.slice(index * BATCH, (index + 1) * BATCH),
  );
  const answers = await Promise.all(
    batches.map((batch) => client.from(table).select().eq('org_id', orgId).in('id', batch)),
  );
  const rows: FetchedRow[] = answers.flatMap((answer) => unwrap<FetchedRow[] | null>(answer));
  return new Map(rows.map((row) => [row.id, row]));
}
