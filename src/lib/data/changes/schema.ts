import * as z from 'zod/mini';

const missedSchema = z.object({
  table: z.string(),
  op: z.enum(['insert', 'update', 'delete', 'gone', 'bulk']),
  /** Null for `bulk`, which stands for many. */
  id: z.nullish(z.uuid()),
  version: z.nullish(z.number()),
  actor: z.nullish(z.uuid()),
  at: z.string(),
});

const pageSchema = z.object({
  changes: z.array(missedSchema),
  cursor: z.string(),
  more: z.boolean(),
  reset: z.boolean(),
});

/** One record that changed, or many of a table at once, without what it says: whoever may see it reads it. */
export type MissedChange = z.infer<typeof missedSchema>;

/** What `changes_since` answers. */
export type ChangesPage = z.infer<typeof pageSchema>;

/** Reads the answer of `changes_since`; throws on any other shape, which is a bug. */
export const parseChangesPage = (answer: unknown): ChangesPage => pageSchema.parse(answer);
