import * as z from 'zod/mini';
import type { Tables } from '$lib/supabase/database.types';

export type Notification = Tables<'notifications'>;

const dataSchema = z.object({
  customer_name: z.optional(z.string()),
  customers: z.optional(z.number()),
  next_action: z.nullish(z.string()),
  subject: z.nullish(z.string()),
});

/** What a notification shows at once, without another request. */
export function notificationFacts(notification: Notification) {
  const parsed = dataSchema.safeParse(notification.data);
  const facts = parsed.success ? parsed.data : {};
  return {
    customerName: facts.customer_name ?? null,
    /** How many customers it is about, when it is about many. */
    customers: facts.customers ?? null,
    about: facts.next_action ?? facts.subject ?? null,
  };
}
