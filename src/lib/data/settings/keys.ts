export const settingKeys = {
  all: (orgId: string) => ['settings', orgId] as const,
  list: (orgId: string) => ['settings', orgId, 'list'] as const,
};
