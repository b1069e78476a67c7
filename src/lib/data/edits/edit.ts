import * as z from 'zod/mini';
import { STAGES } from '$lib/domain/stages';
import type { FieldValue } from '$lib/domain/patch';

const value: z.ZodMiniType<FieldValue> = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.string()),
  z.record(z.string(), z.unknown()),
]);
const values = z.record(z.string(), value);
const stage = z.enum(STAGES);
const neighbours = z.object({ afterId: z.nullable(z.string()), beforeId: z.nullable(z.string()) });

const common = {
  /** Its own; sending it twice has the effect of sending it once. */
  id: z.string(),
  orgId: z.string(),
  table: z.string(),
  recordId: z.string(),
  /** What the record was called, for telling people. */
  title: z.string(),
  at: z.string(),
};
const patch = { changes: values, seen: values };
const move = {
  to: stage,
  /** The column in which the person saw the card. */
  seen: stage,
  neighbours,
  lostReason: z.optional(z.nullable(z.string())),
  /** Where it is shown until the database has computed its place. */
  rank: z.optional(z.string()),
};

const bulkItem = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('patch'), recordId: z.string(), title: z.string(), ...patch }),
  z.object({ kind: z.literal('move'), recordId: z.string(), title: z.string(), ...move }),
  z.object({ kind: z.literal('trash'), recordId: z.string(), title: z.string() }),
  z.object({ kind: z.literal('restore'), recordId: z.string(), title: z.string() }),
]);

export const editSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('patch'), ...common, ...patch }),
  z.object({ kind: z.literal('move'), ...common, ...move }),
  z.object({
    kind: z.literal('create'),
    ...common,
    row: z.record(z.string(), z.unknown()),
    /** Where a card is shown until the database has computed its place. */
    rank: z.optional(z.string()),
    /** The record it belongs to: what is sent for that one comes before. */
    belongsTo: z.optional(z.string()),
  }),
  z.object({ kind: z.literal('trash'), ...common }),
  z.object({ kind: z.literal('restore'), ...common }),
  /** Many records at once; all items are of one kind. `recordId` is one of its own. */
  z.object({ kind: z.literal('bulk'), ...common, items: z.array(bulkItem) }),
]);

/** A change that a person makes, as plain JSON: it survives a reload. */
export type Edit = z.infer<typeof editSchema>;
export type BulkItem = z.infer<typeof bulkItem>;
type WithoutOrigin<Any> = Any extends unknown ? Omit<Any, 'id' | 'orgId' | 'at'> : never;
/** An edit as it is meant, before it is made. */
export type EditDraft = WithoutOrigin<Edit>;
type Kind<Name extends Edit['kind']> = Extract<EditDraft, { kind: Name }>;
export type BulkDraft = Kind<'bulk'>;

/** As many records as `bulk_edit` takes. */
export const LARGEST_BULK = 200;

/** The records of an edit: two that share one go to the database one after the other. */
export function queuesOf(edit: Edit): ReadonlySet<string> {
  if (edit.kind === 'bulk') return new Set(edit.items.map(({ recordId }) => recordId));
  return new Set([(edit.kind === 'create' && edit.belongsTo) || edit.recordId]);
}

/** The same edit for each record it concerns. */
export function itemsOf(edit: Edit | EditDraft): readonly BulkItem[] {
  if (edit.kind === 'bulk') return edit.items;
  return edit.kind === 'create' ? [] : [edit];
}

/**
 * What takes an edit back: changes and seen swapped. A move needs its own (`inverse` of the caller knows the place the
 * card came from); what was created is not taken back this way.
 *
 * @param applied the fields that were changed by it; null for all of them
 */
export function inverseOf(edit: EditDraft, applied: readonly string[] | null = null): EditDraft | null {
  if (edit.kind === 'create' || edit.kind === 'move') return null;
  if (edit.kind === 'bulk') {
    const items = edit.items.flatMap((item) => inverseOfItem(item) ?? []);
    return items.length === 0 ? null : { ...edit, items };
  }
  const { table, recordId, title } = edit;
  const inverse = inverseOfItem(edit, applied);
  return inverse && { ...inverse, table, recordId, title };
}

function inverseOfItem(item: BulkItem, applied: readonly string[] | null = null): BulkItem | null {
  const { recordId, title } = item;
  switch (item.kind) {
    case 'trash':
      return { kind: 'restore', recordId, title };
    case 'restore':
      return { kind: 'trash', recordId, title };
    case 'move': {
      const { to, seen } = item;
      return {
        kind: 'move',
        recordId,
        title,
        to: seen,
        seen: to,
        neighbours: { afterId: null, beforeId: null },
      };
    }
    case 'patch': {
      const fields = Object.keys(item.changes).filter((field) => !applied || applied.includes(field));
      if (fields.length === 0) return null;
      return {
        kind: 'patch',
        recordId,
        title,
        changes: only(item.seen, fields),
        seen: only(item.changes, fields),
      };
    }
  }
}

type Values = Record<string, FieldValue>;
const only = (given: Values, fields: readonly string[]): Values =>
  Object.fromEntries(fields.map((field) => [field, given[field] ?? null]));
