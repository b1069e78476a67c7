import type { DataContext } from '../context';
import { notificationKeys } from './keys';
import type { Notification } from './schema';

/** Puts what the server sent with the page into the cache, unless something is there. */
export function seedNotifications({ queryClient, orgId }: DataContext, notifications: Notification[]): void {
  queryClient.setQueryData<Notification[]>(notificationKeys.list(orgId), (known) => known ?? notifications);
}
