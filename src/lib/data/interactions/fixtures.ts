import type { Interaction } from './schema';

/** An interaction for tests. */
export function interaction(fields: Partial<Interaction> = {}): Interaction {
  return {
    id: 'a',
    org_id: 'org',
    customer_id: 'customer',
    user_id: null,
    type: 'call',
    channel: 'phone',
    subject: 'Call',
    note: null,
    outcome: null,
    next_action: null,
    follow_up_at: null,
    occurred_at: '2026-01-01T10:00:00+00:00',
    corrects_id: null,
    created_at: '2026-01-01T10:00:00+00:00',
    ...fields,
  };
}
