export const searchKeys = {
  customers: (orgId: string, text: string) => ['search', orgId, 'customers', text] as const,
};
