import * as z from 'zod/mini';

const KEPT = 6;
const schema = z.array(z.object({ id: z.uuid(), name: z.string() }));

export type RecentCustomer = z.infer<typeof schema>[number];

const keyOf = (orgId: string) => `tandem-recent-${orgId}`;

/** Customers chosen lately in this browser, the last one first. */
export function readRecent(orgId: string): RecentCustomer[] {
  try {
    const parsed = schema.safeParse(JSON.parse(localStorage.getItem(keyOf(orgId)) ?? '[]'));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}

export function rememberRecent(orgId: string, customer: RecentCustomer): void {
  const others = readRecent(orgId).filter(({ id }) => id !== customer.id);
  try {
    localStorage.setItem(keyOf(orgId), JSON.stringify([customer, ...others].slice(0, KEPT)));
  } catch {
    // A full or forbidden store only costs the convenience.
  }
}
