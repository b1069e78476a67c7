export const interactionKeys = {
  all: (orgId: string) => ['interactions', orgId] as const,
  timeline: (orgId: string, customerId: string) => ['interactions', orgId, 'timeline', customerId] as const,
};
