import { queryOptions } from '@tanstack/svelte-query';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { addInteraction, appendOlder, toTimeline, type Timeline } from './cache';
import { interactionKeys } from './keys';

const PAGE_SIZE = 30;

/** One page of a customer's interactions, newest first. */
export async function fetchTimeline(
  client: DataContext['client'],
  customerId: string,
  options: { before?: Timeline['cursor']; signal?: AbortSignal; size?: number } = {},
): Promise<Timeline> {
  const { before, signal, size = PAGE_SIZE } = options;
  let request = client
    .from('interactions')
    .select()
    .eq('customer_id', customerId)
    .order('occurred_at', { ascending: false })
    .order('id', { ascending: false })
    .limit(size);
  if (before) {
    const { occurred_at: at, id } = before;
    request = request.or(`occurred_at.lt."${at}",and(occurred_at.eq."${at}",id.lt.${id})`);
  }
  if (signal) request = request.abortSignal(signal);
  return toTimeline(unwrap(await request), size);
}

export const interactionQueries = {
  timeline({ client, orgId, queryClient, recentInteractions }: DataContext, customerId: string) {
    const queryKey = interactionKeys.timeline(orgId, customerId);
    return queryOptions({
      queryKey,
      staleTime: Infinity,
      structuralSharing: false,
      queryFn: async ({ signal }) => {
        const loaded = queryClient.getQueryData<Timeline>(queryKey)?.entries.length ?? 0;
        const mark = recentInteractions.mark();
        const read = await fetchTimeline(client, customerId, { signal, size: Math.max(PAGE_SIZE, loaded) });
        // The answer may be older than what was heard meanwhile.
        return recentInteractions
          .since(mark)
          .flatMap((heard) =>
            heard.kind === 'upsert' && heard.row.customer_id === customerId ? [heard.row] : [],
          )
          .reduce(addInteraction, read);
      },
    });
  },
};

/** Loads the next older page, if there is one. */
export async function loadOlder(data: DataContext, customerId: string): Promise<void> {
  const key = interactionKeys.timeline(data.orgId, customerId);
  const before = data.queryClient.getQueryData<Timeline>(key)?.cursor;
  if (!before) return;
  const page = await fetchTimeline(data.client, customerId, { before });
  data.queryClient.setQueryData<Timeline>(key, (timeline) =>
    timeline?.cursor?.id === before.id ? appendOlder(timeline, page) : timeline,
  );
}
