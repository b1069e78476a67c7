import * as z from 'zod/mini';
import { isStage } from '$lib/domain/stages';

export const conflictSchema = z.object({
  field: z.string(),
  yours: z.unknown(),
  theirs: z.unknown(),
  by: z.nullish(z.string()),
  at: z.nullish(z.string()),
});

/** A field that moved underneath: what this person wrote, what stands there now, and since when by whom. */
export type FieldConflict = z.infer<typeof conflictSchema>;

const patchAnswerSchema = z.object({
  record: z.unknown(),
  applied: z.array(z.string()),
  conflicts: z.array(conflictSchema),
});

/** Reads the answer of `patch_record`; throws on any other shape, which is a bug. */
export const parsePatchAnswer = (answer: unknown) => patchAnswerSchema.parse(answer);

const movedSchema = z.object({ status: z.string(), by: z.nullish(z.string()), at: z.nullish(z.string()) });

/** The detail of `customer_moved`: where the card is now, who put it there and when. */
export function parseMovedDetail(detail: unknown) {
  const parsed = movedSchema.safeParse(detail);
  if (!parsed.success || !isStage(parsed.data.status)) return null;
  return { status: parsed.data.status, by: parsed.data.by ?? null, at: parsed.data.at ?? null };
}
