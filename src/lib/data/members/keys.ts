export const memberKeys = {
  all: (orgId: string) => ['members', orgId] as const,
  list: (orgId: string) => ['members', orgId, 'list'] as const,
  roles: (orgId: string) => ['members', orgId, 'roles'] as const,
  invitations: (orgId: string) => ['invitations', orgId] as const,
  owned: (orgId: string, userId: string) => ['members', orgId, 'owned', userId] as const,
};
