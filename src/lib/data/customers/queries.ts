import { queryOptions } from '@tanstack/svelte-query';
import { STAGES, type Stage } from '$lib/domain/stages';
import { AppError, toAppError, unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { fetchBricks } from '../territories/queries';
import { isLaterThanRow } from '../row-change';
import { appendPage, applyToColumn, toColumn, type ColumnData, type SummaryLine } from './cache';
import { customerKeys } from './keys';
import { appliedFilters, fetchBricksOf } from './map-filter';
import type { BoardFilters, Customer } from './schema';

export const PAGE_SIZE = 50;
/** As many cards as `board_cards` hands out at once. */
const LARGEST_PAGE = 500;

type Client = DataContext['client'];

/** One page of a column after `after`, in board order. */
export async function fetchPage(
  client: Client,
  orgId: string,
  stage: Stage,
  filters: BoardFilters,
  options: { after?: ColumnData['cursor']; size?: number; signal?: AbortSignal } = {},
): Promise<ColumnData> {
  const { after, size = PAGE_SIZE, signal } = options;
  let request = client.rpc('board_cards', {
    org_id: orgId,
    status: stage,
    page_size: size,
    ...(after ? { after_rank: after.board_rank, after_id: after.id } : {}),
    ...filterArguments(filters),
  });
  if (signal) request = request.abortSignal(signal);
  return toColumn(unwrap(await request), size);
}

export async function fetchSummary(
  client: Client,
  orgId: string,
  filters: BoardFilters,
  signal?: AbortSignal,
): Promise<SummaryLine[]> {
  let request = client.rpc('board_summary', { org_id: orgId, ...filterArguments(filters) });
  if (signal) request = request.abortSignal(signal);
  return unwrap(await request);
}

function filterArguments({ owners, products, sources, tags, territories, text }: BoardFilters) {
  return {
    ...(owners.length > 0 ? { owner_ids: [...owners] } : {}),
    ...(products.length > 0 ? { product_ids: [...products] } : {}),
    ...(sources.length > 0 ? { sources: [...sources] } : {}),
    ...(tags.length > 0 ? { tags: [...tags] } : {}),
    ...(territories.length > 0 ? { territory_ids: [...territories] } : {}),
    ...(text === '' ? {} : { search: text }),
  };
}

/** Everything the board shows at first, for the server's first paint: in two questions, as each costs more than its answer. */
export async function fetchBoard(client: Client, orgId: string, filters: BoardFilters, size: number) {
  const [bricks, summary, answer] = await Promise.all([
    filters.territories.length > 0 ? fetchBricks(client, orgId, filters.territories) : null,
    fetchSummary(client, orgId, filters),
    client.rpc('board_top', { org_id: orgId, page_size: size, ...filterArguments(filters) }),
  ]);
  const cards: Customer[] = unwrap(answer);
  const columns = STAGES.map((stage) =>
    toColumn(
      cards.filter(({ status }) => status === stage),
      size,
    ),
  );
  return { summary, columns, bricks };
}

export const customerQueries = {
  /**
   * A column as far as it has been loaded. Refetching loads the same stretch again; what was heard meanwhile is applied
   * on top, since the answer may have been read before it.
   */
  column(data: DataContext, stage: Stage, filters: BoardFilters) {
    const { client, orgId, queryClient, recentCustomers } = data;
    const queryKey = customerKeys.column(orgId, stage, filters);
    return queryOptions({
      queryKey,
      staleTime: Infinity,
      structuralSharing: false,
      queryFn: async ({ signal }): Promise<ColumnData> => {
        const loaded = queryClient.getQueryData<ColumnData>(queryKey)?.cards.length ?? 0;
        const wanted = Math.ceil(Math.max(loaded, PAGE_SIZE) / PAGE_SIZE) * PAGE_SIZE;
        const mark = recentCustomers.mark();
        const size = Math.min(wanted, LARGEST_PAGE);
        // What is heard meanwhile is judged by them.
        await fetchBricksOf(data, filters);
        let column = await fetchPage(client, orgId, stage, filters, { size, signal });
        while (column.cursor && column.cards.length < wanted) {
          const page = await fetchPage(client, orgId, stage, filters, { after: column.cursor, size, signal });
          column = appendPage(column, page);
        }
        return replay(data, column, stage, filters, mark);
      },
    });
  },

  summary({ client, orgId }: DataContext, filters: BoardFilters) {
    return queryOptions({
      queryKey: customerKeys.summary(orgId, filters),
      staleTime: Infinity,
      queryFn: ({ signal }) => fetchSummary(client, orgId, filters, signal),
    });
  },

  detail({ client, orgId, recentCustomers }: DataContext, id: string) {
    return queryOptions({
      queryKey: customerKeys.detail(orgId, id),
      queryFn: async ({ signal }): Promise<Customer> => {
        const mark = recentCustomers.mark();
        const read = await fetchCustomer(client, orgId, id, signal).catch(nullWhenAbsent);
        const heard = recentCustomers.since(mark).find((change) => change.id === id);
        const isNewer = heard && (read === null || isLaterThanRow(heard, read));
        const customer = !isNewer ? read : heard.kind === 'upsert' ? heard.row : null;
        if (!customer) throw new AppError({ kind: 'not_found', code: 'not_found' });
        return customer;
      },
    });
  },
};

function nullWhenAbsent(cause: unknown): null {
  const error = toAppError(cause);
  if (error.kind !== 'not_found') throw error;
  return null;
}

export async function fetchCustomer(
  client: Client,
  orgId: string,
  id: string,
  signal?: AbortSignal,
): Promise<Customer> {
  let request = client.from('customers').select().eq('org_id', orgId).eq('id', id);
  if (signal) request = request.abortSignal(signal);
  return unwrap(await request.single());
}

/** Loads the next page of a column, if there is one. */
export async function loadNextPage(data: DataContext, stage: Stage, filters: BoardFilters): Promise<void> {
  const { client, orgId, queryClient, recentCustomers } = data;
  const queryKey = customerKeys.column(orgId, stage, filters);
  const after = queryClient.getQueryData<ColumnData>(queryKey)?.cursor;
  if (!after) return;
  const mark = recentCustomers.mark();
  const page = await fetchPage(client, orgId, stage, filters, { after });
  queryClient.setQueryData<ColumnData>(queryKey, (column) => {
    // A refetch may have replaced the column meanwhile; the page then no longer follows it.
    if (!column?.cursor || column.cursor.id !== after.id) return column;
    return replay(data, appendPage(column, page), stage, filters, mark);
  });
}

function replay(
  { recentCustomers, queryClient, orgId }: DataContext,
  column: ColumnData,
  stage: Stage,
  filters: BoardFilters,
  mark: number,
): ColumnData {
  const applied = appliedFilters(queryClient, orgId, filters);
  return recentCustomers
    .since(mark)
    .reduce((current, change) => applyToColumn(current, stage, applied, change), column);
}
