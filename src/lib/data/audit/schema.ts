import * as z from 'zod/mini';
import type { ChangeEntry } from '$lib/domain/audit';
import type { Json, Tables } from '$lib/supabase/database.types';

type Row = Tables<'audit_log'>;

/** Who did something, as the trail names them. */
export interface AuditActor {
  actor_kind: Row['actor_kind'];
  actor_id: string | null;
  api_key_id: string | null;
}

/** A change of one record, or of what belongs to it, as its history shows it. */
export interface HistoryEntry extends ChangeEntry, AuditActor {
  id: number;
  at: string;
  of_table: string;
}

/** A row of the trail, as the audit page shows it. */
export interface TrailEntry extends Omit<HistoryEntry, 'of_table'> {
  table_name: string;
  record_id: string | null;
  address: string | null;
  request_id: string | null;
}

/** What the audit page is narrowed to; empty text means everything. */
export interface TrailFilters {
  /** User id, or `system`. */
  actor: string;
  table: string;
  action: string;
  /** Calendar days of the viewer. */
  from: string;
  to: string;
  record: string;
}

export const NO_FILTERS: TrailFilters = { actor: '', table: '', action: '', from: '', to: '', record: '' };

/** Jsonb columns of the trail hold objects. */
export function asValues(value: Json): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

const broken = z.object({
  reason: z.string(),
  seal: z.optional(z.number()),
  id: z.optional(z.number()),
  table_name: z.optional(z.nullable(z.string())),
  record_id: z.optional(z.nullable(z.string())),
  at: z.optional(z.nullable(z.string())),
});

const verification = z.object({
  ok: z.boolean(),
  broken: z.nullable(broken),
  seals: z.number(),
  rows: z.number(),
  unsealed: z.number(),
  head: z.object({ number: z.nullable(z.number()), hash: z.nullable(z.string()) }),
  next_seal: z.nullable(z.number()),
});

export type BrokenRow = z.infer<typeof broken>;
/** What `verify_audit` found, of the whole trail or a part of it. */
export type Verification = z.infer<typeof verification>;

export const parseVerification = (answer: unknown): Verification => verification.parse(answer);

const exportPage = z.object({
  lines: z.array(z.string()),
  after_seal: z.number(),
  after_id: z.number(),
  done: z.boolean(),
});

/** A page of `export_audit`. */
export const parseExportPage = (answer: unknown): z.infer<typeof exportPage> => exportPage.parse(answer);
