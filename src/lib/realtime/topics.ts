/**
 * Names of the channels. Who may join which is decided by `private.can_join` in the database; these only spell them.
 */
export const topics = {
  /** Everyone of the organisation: products, settings, members; who is here. */
  organization: (orgId: string) => `org:${orgId}` as const,
  /** Customers, for members whose role reads all of them. */
  customers: (orgId: string) => `org:${orgId}:customers` as const,
  /** Customers owned by one person, for that person and the managers above. */
  owner: (orgId: string, userId: string) => `owner:${orgId}:${userId}` as const,
  /** Notifications of one person, and changes of what that person may do. */
  user: (userId: string) => `user:${userId}` as const,
  /** One customer: its interactions, and who is editing which field. */
  customer: (customerId: string) => `customer:${customerId}` as const,
  /** Cards that people hold while dragging them. */
  pipeline: (orgId: string) => `board:${orgId}:pipeline` as const,
};

export type Topic = ReturnType<(typeof topics)[keyof typeof topics]>;

/** Topics on which people see each other; the others would pay for presence that nobody looks at. */
export function hasPresence(topic: Topic): boolean {
  return /^(org|customer):[^:]+$/.test(topic);
}

/**
 * Where the customers that a person may read are announced: one topic for those who read all, otherwise one for each
 * owner whose customers that person sees.
 */
export function customerTopics(
  orgId: string,
  scope: 'all' | 'territory' | 'own' | null,
  owners: Iterable<string>,
): Topic[] {
  if (scope === null) return [];
  if (scope === 'all') return [topics.customers(orgId)];
  return [...owners].map((userId) => topics.owner(orgId, userId));
}
