export const notificationKeys = {
  all: (orgId: string) => ['notifications', orgId] as const,
  list: (orgId: string) => ['notifications', orgId, 'list'] as const,
  unread: (orgId: string) => ['notifications', orgId, 'unread'] as const,
};
