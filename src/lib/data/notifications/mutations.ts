import { toAppError } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { notificationKeys } from './keys';
import type { Notification } from './schema';

/**
 * Marks notifications as read, all of them without `ids`. The screen changes at once; what is true comes back with the
 * refetch, also after a failure.
 *
 * @throws AppError
 */
export async function markRead(data: DataContext, ids?: readonly string[]): Promise<void> {
  const { client, orgId, queryClient } = data;
  const now = new Date().toISOString();
  const concerns = ({ id, read_at }: Notification) => !read_at && (!ids || ids.includes(id));
  const list = queryClient.getQueryData<Notification[]>(notificationKeys.list(orgId));
  const count = list?.filter(concerns).length ?? ids?.length ?? 0;
  queryClient.setQueryData<Notification[]>(notificationKeys.list(orgId), (notifications) =>
    notifications?.map((one) => (concerns(one) ? { ...one, read_at: now } : one)),
  );
  queryClient.setQueryData<number>(notificationKeys.unread(orgId), (unread) =>
    ids ? Math.max(0, (unread ?? 0) - count) : 0,
  );
  const answer = await client.rpc('mark_notifications_read', ids ? { ids: [...ids] } : {});
  if (!answer.error) return;
  void queryClient.invalidateQueries({ queryKey: notificationKeys.all(orgId) });
  throw toAppError(answer.error, answer.status);
}
