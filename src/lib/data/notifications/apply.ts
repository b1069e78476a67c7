import type { DataContext } from '../context';
import { invalidateHeard } from '../second-look';
import { notificationKeys } from './keys';
import type { Notification } from './schema';

/** Brings a new or changed notification into the list, and counts what is unread anew. */
export function applyNotification({ queryClient, orgId }: DataContext, notification: Notification): void {
  if (notification.org_id !== orgId) return;
  queryClient.setQueryData<Notification[]>(notificationKeys.list(orgId), (notifications) => {
    if (!notifications) return notifications;
    const known = notifications.find(({ id }) => id === notification.id);
    if (known && known.version >= notification.version) return notifications;
    if (known) return notifications.map((one) => (one === known ? notification : one));
    const index = notifications.findIndex((one) => one.created_at <= notification.created_at);
    return notifications.toSpliced(index < 0 ? notifications.length : index, 0, notification);
  });
  invalidateHeard(queryClient, notificationKeys.unread(orgId));
}
