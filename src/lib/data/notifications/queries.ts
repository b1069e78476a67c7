import { queryOptions } from '@tanstack/svelte-query';
import { toAppError, unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { notificationKeys } from './keys';
import type { Notification } from './schema';

/** The list shows the latest; older ones have been dealt with or are found on the customer. */
const LATEST = 100;

export async function fetchNotifications(
  client: DataContext['client'],
  orgId: string,
  userId: string,
  signal?: AbortSignal,
): Promise<Notification[]> {
  let request = client
    .from('notifications')
    .select()
    .eq('org_id', orgId)
    .eq('user_id', userId)
    .order('created_at', { ascending: false })
    .order('id', { ascending: false })
    .limit(LATEST);
  if (signal) request = request.abortSignal(signal);
  return unwrap(await request);
}

export const notificationQueries = {
  list: ({ client, orgId, userId }: DataContext) =>
    queryOptions({
      queryKey: notificationKeys.list(orgId),
      queryFn: ({ signal }) => fetchNotifications(client, orgId, userId, signal),
    }),
  unread: ({ client, orgId, userId }: DataContext) =>
    queryOptions({
      queryKey: notificationKeys.unread(orgId),
      queryFn: async ({ signal }) => {
        const answer = await client
          .from('notifications')
          .select('id', { count: 'exact', head: true })
          .eq('org_id', orgId)
          .eq('user_id', userId)
          .is('read_at', null)
          .abortSignal(signal);
        if (answer.error) throw toAppError(answer.error, answer.status);
        return answer.count ?? 0;
      },
    }),
};
