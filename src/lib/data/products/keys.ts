export const productKeys = {
  all: (orgId: string) => ['products', orgId] as const,
  list: (orgId: string) => ['products', orgId, 'list'] as const,
  limit: (orgId: string) => ['products', orgId, 'limit'] as const,
};
