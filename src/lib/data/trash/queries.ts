import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import type { TrashCursor, TrashEntry, TrashFilter } from './schema';

export const TRASH_PAGE = 50;

/** One page of the trash, latest first; one entry more than shown says that there is another page. */
export async function fetchTrash(
  client: DataContext['client'],
  orgId: string,
  { kind, by }: TrashFilter,
  after: TrashCursor | null = null,
): Promise<{ entries: TrashEntry[]; hasMore: boolean }> {
  const rows: TrashEntry[] = unwrap(
    await client.rpc('trash', {
      org_id: orgId,
      page_size: TRASH_PAGE + 1,
      ...(kind ? { of_table: kind } : {}),
      ...(by ? { by_user: by } : {}),
      ...(after ? { before_at: after.at, before_id: after.id } : {}),
    }),
  );
  return { entries: rows.slice(0, TRASH_PAGE), hasMore: rows.length > TRASH_PAGE };
}
