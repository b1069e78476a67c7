import * as z from 'zod/mini';
import { INTERACTION_CHANNELS, INTERACTION_TYPES } from '$lib/data/interactions/schema';

const schema = z.object({
  id: z.uuid(),
  fields: z.object({
    type: z.enum(INTERACTION_TYPES),
    channel: z.enum(INTERACTION_CHANNELS),
    subject: z.string(),
    note: z.string(),
    outcome: z.string(),
    nextAction: z.string(),
    /** Calendar day, "" for none. */
    followUp: z.string(),
  }),
});

/** An interaction as it is being written, under the id it will have: sent twice, it is logged once. */
export type KeptInteraction = z.infer<typeof schema>;
export type InteractionFields = KeptInteraction['fields'];

export interface InteractionDraftStore {
  read: () => KeptInteraction | null;
  keep: (draft: KeptInteraction) => void;
  drop: () => void;
}

/**
 * Keeps what is being written about one customer in this tab, so that leaving or reloading the page loses none of it. Another
 * person who signs in here does not get to see it.
 */
export function interactionDraftStore(userId: string, customerId: string): InteractionDraftStore {
  const key = `tandem-interaction-${userId}-${customerId}`;
  return {
    read() {
      try {
        const parsed = schema.safeParse(JSON.parse(sessionStorage.getItem(key) ?? 'null'));
        return parsed.success ? parsed.data : null;
      } catch {
        return null;
      }
    },
    keep(draft) {
      try {
        sessionStorage.setItem(key, JSON.stringify(draft));
      } catch {
        // A full or forbidden store only costs the convenience.
      }
    },
    drop() {
      try {
        sessionStorage.removeItem(key);
      } catch {
        // What cannot be read cannot come back either.
      }
    },
  };
}
