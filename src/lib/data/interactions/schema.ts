import * as z from 'zod/mini';
import type { Enums, Tables } from '$lib/supabase/database.types';

export type Interaction = Tables<'interactions'>;
export type InteractionType = Enums<'interaction_type'>;
export type InteractionChannel = Enums<'interaction_channel'>;

export const INTERACTION_TYPES = [
  'call',
  'email',
  'meeting',
  'visit',
  'note',
] as const satisfies readonly InteractionType[];
export const INTERACTION_CHANNELS = [
  'phone',
  'email',
  'meeting',
  'chat',
  'other',
] as const satisfies readonly InteractionChannel[];

/** The channel that goes without saying; a person can choose another. */
export const USUAL_CHANNEL: Record<InteractionType, InteractionChannel> = {
  call: 'phone',
  email: 'email',
  meeting: 'meeting',
  visit: 'meeting',
  note: 'other',
};

const rowSchema = z.looseObject({
  id: z.uuid(),
  customer_id: z.uuid(),
  type: z.enum(INTERACTION_TYPES),
  channel: z.enum(INTERACTION_CHANNELS),
  occurred_at: z.string(),
  corrects_id: z.nullable(z.uuid()),
});

function isInteraction(record: unknown): record is Interaction {
  return rowSchema.safeParse(record).success;
}

/** The record of a change event as an interaction; null when it is not one. */
export function parseInteraction(record: unknown): Interaction | null {
  return isInteraction(record) ? record : null;
}

/** The row of an edit that logs an interaction, as it will be; null when it is not one. */
export function toNewInteraction(
  row: Record<string, unknown>,
  { at, userId }: { at: string; userId: string },
): Interaction | null {
  return parseInteraction({
    occurred_at: at,
    corrects_id: null,
    created_at: at,
    user_id: userId,
    ...row,
  });
}
