/**
 * Names of the channels. Who may join which is decided by `private.can_join` in the database; these only spell them.
 */
export const topics = {
  /** Everyone of the organisation: products, settings, members; who is here. */
  organization: (orgId: string) => `org:${orgId}` as const,
  /** Notifications of one person, and changes of what that person may do. */
  user: (userId: string) => `user:${userId}` as const,
  /** What is part of one customer: its interactions. The row itself is announced where customers are. */
  customer: (customerId: string) => `customer:${customerId}` as const,
  /** Who has that customer open, and who is in which field, as people tell it. */
  customerPeople: (customerId: string) => `customer:${customerId}:people` as const,
  /** What is written in the note of that customer, as the database took it. */
  customerNotes: (customerId: string) => `customer:${customerId}:notes` as const,
  /** Cards that people hold while dragging them. */
  pipeline: (orgId: string) => `board:${orgId}:pipeline` as const,
};

type CustomerTopic = `org:${string}:customers` | `owner:${string}:${string}` | `territory:${string}`;
export type Topic = ReturnType<(typeof topics)[keyof typeof topics]> | CustomerTopic;

/** Topics on which people see each other; the others would pay for presence that nobody looks at. */
export function hasPresence(topic: Topic): boolean {
  return /^(org:[^:]+|customer:[^:]+:people)$/.test(topic);
}

/**
 * Whether customers are announced on a topic. Which of these a person may join is the database's to say (`my_access`):
 * one for those who read all, otherwise one for each owner and each territory whose customers that person sees.
 */
export function carriesCustomers(topic: string): topic is CustomerTopic {
  return /^(org:[^:]+:customers|owner:[^:]+:[^:]+|territory:[^:]+)$/.test(topic);
}

/**
 * How many channels of customers a page joins at most. A connection may join 100 where Realtime is hosted; the rest is for
 * the page itself.
 */
const CUSTOMER_CHANNELS = 80;

/** Of the topics a person may join those that customers are heard on, and whether that is all there are. */
export function customerTopics(standing: readonly string[]): { joined: CustomerTopic[]; isAll: boolean } {
  const all = standing.filter(carriesCustomers);
  return { joined: all.slice(0, CUSTOMER_CHANNELS), isAll: all.length <= CUSTOMER_CHANNELS };
}
