/** The canonical form of the audit trail (docs/decisions/0050): what is hashed, computed from an export alone. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256');
const id = z.int().positive();
const text = z.string().nullable();

export const rowLine = z.object({
  type: z.literal('row'),
  id,
  org_id: z.uuid(),
  at: z.string(),
  actor_kind: z.string(),
  actor_id: text,
  api_key_id: text,
  address: text,
  request_id: text,
  table_name: z.string(),
  record_id: text,
  action: z.string(),
  /** JSON as the database wrote it, character by character. */
  old_values: text,
  new_values: text,
  salt: z.string(),
  values_hash: hash,
  hash,
});

export const sealLine = z.object({
  type: z.literal('seal'),
  org_id: z.uuid(),
  number: id,
  from_id: id,
  to_id: id,
  sealed_at: z.string(),
  previous_hash: hash.nullable(),
  hash,
  rows: z.array(z.tuple([id, hash])).min(1),
});

export const startLine = z.object({
  type: z.literal('start'),
  format: z.literal('tandem-audit-1'),
  org_id: z.uuid(),
});
export const endLine = z.object({ type: z.literal('end'), rows: z.int(), seals: z.int() });

export type RowLine = z.infer<typeof rowLine>;
export type SealLine = z.infer<typeof sealLine>;

const sha256 = (lines: readonly (string | number)[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex');

/** Hash of what erasure may take away: salt, address, old and new values. */
export function valuesHash({ salt, address, old_values, new_values }: RowLine): string {
  return sha256(['tandem-values-1', salt, address ?? '', old_values ?? '', new_values ?? '']);
}

/** Hash of a row, which holds the hash of its values in their place. */
export function rowHash(row: RowLine): string {
  return sha256([
    'tandem-row-1',
    row.id,
    row.org_id,
    row.at,
    row.actor_kind,
    row.actor_id ?? '',
    row.api_key_id ?? '',
    row.request_id ?? '',
    row.table_name,
    row.record_id ?? '',
    row.action,
    row.values_hash,
  ]);
}

/** Hash of a seal: its place in the chain, the seal before it, and every row it covers. */
export function sealHash(seal: SealLine): string {
  return sha256([
    'tandem-seal-1',
    seal.org_id,
    seal.number,
    seal.from_id,
    seal.to_id,
    seal.sealed_at,
    seal.previous_hash ?? '',
    ...seal.rows.map(([rowId, rowSum]) => `${rowId} ${rowSum}`),
  ]);
}
