import type { DataContext } from '../context';
import { refreshMapFilters } from '../customers/map-filter';
import { territoryKeys } from './keys';

/** A territory or an assignment as it was announced: which row, and what became of it. */
interface AnnouncedRow {
  id: string;
  /** The version it has now; null when it is gone. */
  version: number | null;
}

const AGAIN_MS = [150, 1_000];

/**
 * Fetches what is on screen of the territories again. The announcement may overtake the commit by a moment, when other
 * connections do not see the change yet: what still looks as before is asked for once more.
 */
export async function applyTerritoryChange(data: DataContext, row: AnnouncedRow): Promise<void> {
  const filter = { queryKey: territoryKeys.all(data.orgId) };
  await readAgain(data);
  for (const wait of AGAIN_MS) {
    const cached = data.queryClient.getQueriesData({ ...filter, type: 'active' });
    if (!isBehind(cached, row)) return;
    await new Promise((resolve) => setTimeout(resolve, wait));
    await readAgain(data);
  }
}

/** Boards of a part of the map come last: they are judged by the bricks in it. */
async function readAgain(data: DataContext): Promise<void> {
  await data.queryClient.invalidateQueries({ queryKey: territoryKeys.all(data.orgId) });
  await refreshMapFilters(data);
}

/** Whether an older version of the row is anywhere in what was fetched: in a list, in its pages, or alone. */
export function isBehind(cached: unknown, row: AnnouncedRow): boolean {
  if (Array.isArray(cached)) return cached.some((entry) => isBehind(entry, row));
  if (typeof cached !== 'object' || cached === null) return false;
  if ('id' in cached && cached.id === row.id && 'version' in cached)
    return row.version === null || (typeof cached.version === 'number' && cached.version < row.version);
  return 'pages' in cached && isBehind(cached.pages, row);
}
