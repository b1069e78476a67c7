import * as z from 'zod/mini';
import { STAGES } from '$lib/domain/stages';

const changeSchema = z.object({
  table: z.string(),
  op: z.enum(['insert', 'update', 'delete', 'gone']),
  id: z.uuid(),
  org_id: z.nullish(z.uuid()),
  version: z.nullish(z.number()),
  actor: z.nullish(z.uuid()),
  at: z.string(),
  record: z.nullish(z.record(z.string(), z.unknown())),
});

const bulkSchema = z.object({
  table: z.string(),
  op: z.string(),
  /** Left out where it is not for everyone who listens. */
  count: z.nullish(z.number()),
  actor: z.nullish(z.uuid()),
  at: z.string(),
});

const holdSchema = z.object({
  user_id: z.uuid(),
  customer_id: z.uuid(),
  status: z.enum(STAGES),
  index: z.number().check(z.gte(0), z.lte(1_000_000)),
  x: z.number().check(z.gte(-20), z.lte(20)),
  y: z.number().check(z.gte(-1000), z.lte(1_000_000)),
});

const sessionsEndedSchema = z.object({ sessions: z.array(z.uuid()) });
const releaseSchema = z.object({ user_id: z.uuid(), customer_id: z.uuid() });
const place = z.int().check(z.gte(0), z.lte(10_000));
const editingSchema = z.object({
  user_id: z.uuid(),
  /** Which of the person's windows it is. */
  tab: z.optional(z.uuid()),
  field: z.nullable(z.string().check(z.maxLength(64))),
  caret: z.nullish(z.object({ start: place, end: place })),
});

const noteUpdateSchema = z.object({
  seq: z.number(),
  /** Left out when it is too large for a channel. */
  update: z.nullish(z.string()),
});

const yjsNumber = z.int().check(z.gte(0));
const yjsId = z.nullish(z.object({ client: yjsNumber, clock: yjsNumber }));
/**
 * A place in a text that stays where it is while others write, as Yjs spells it. Yjs fails over one that is nowhere, or
 * that counts below zero, and would take the editor along.
 */
const placeSchema = z
  .object({
    type: yjsId,
    tname: z.nullish(z.literal('default')),
    item: yjsId,
    assoc: z.optional(z.number()),
  })
  .check(z.refine(({ type, tname, item }) => Boolean(type ?? tname ?? item)));
const noteCaretSchema = z.object({
  user_id: z.uuid(),
  /** The window they write in: a person can have several. */
  client: z.number().check(z.gte(0), z.lte(0xffffffff)),
  caret: z.nullable(z.object({ anchor: placeSchema, head: placeSchema })),
});

/** One row changed, as the database announced it. */
export type ChangeEvent = z.infer<typeof changeSchema>;
/** More rows changed at once than are worth announcing one by one. */
export type BulkEvent = z.infer<typeof bulkSchema>;
/**
 * Where a colleague's dragged card is: `x` in widths of the column from its start edge, `y` in cards from the top of the
 * column's content, so that it lands in the same place on a screen of another size or scrolled elsewhere.
 */
export type HoldEvent = z.infer<typeof holdSchema>;
export type ReleaseEvent = z.infer<typeof releaseSchema>;
export type EditingEvent = z.infer<typeof editingSchema>;
/** Something was written in a note. */
export type NoteUpdateEvent = z.infer<typeof noteUpdateSchema>;
/** Where a colleague's caret is in a note; null when they have left it. */
export type NoteCaretEvent = z.infer<typeof noteCaretSchema>;
/** Sessions of this person that were signed out from elsewhere. */
export type SessionsEndedEvent = z.infer<typeof sessionsEndedSchema>;

/** Everything that arrives on a channel and is understood; anything else is null and ignored. */
export type RealtimeEvent =
  | { event: 'change'; payload: ChangeEvent }
  | { event: 'bulk'; payload: BulkEvent }
  | { event: 'hold'; payload: HoldEvent }
  | { event: 'release'; payload: ReleaseEvent }
  | { event: 'editing'; payload: EditingEvent }
  | { event: 'note_update'; payload: NoteUpdateEvent }
  | { event: 'note_caret'; payload: NoteCaretEvent }
  | { event: 'membership_changed' }
  | { event: 'sessions_ended'; payload: SessionsEndedEvent };

/** Reads one broadcast. Colleagues' browsers send some of these, so nothing about them is taken for granted. */
export function parseEvent(event: string, payload: unknown): RealtimeEvent | null {
  switch (event) {
    case 'change':
      return wrap(event, changeSchema.safeParse(payload));
    case 'bulk':
      return wrap(event, bulkSchema.safeParse(payload));
    case 'hold':
      return wrap(event, holdSchema.safeParse(payload));
    case 'release':
      return wrap(event, releaseSchema.safeParse(payload));
    case 'editing':
      return wrap(event, editingSchema.safeParse(payload));
    case 'note_update':
      return wrap(event, noteUpdateSchema.safeParse(payload));
    case 'note_caret':
      return wrap(event, noteCaretSchema.safeParse(payload));
    case 'membership_changed':
      return { event };
    case 'sessions_ended':
      return wrap(event, sessionsEndedSchema.safeParse(payload));
    default:
      return null;
  }
}

function wrap<Name extends string, Payload>(
  event: Name,
  result: { success: true; data: Payload } | { success: false },
): { event: Name; payload: Payload } | null {
  return result.success ? { event, payload: result.data } : null;
}
