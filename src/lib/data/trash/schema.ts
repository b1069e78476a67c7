import type { Database } from '$lib/supabase/database.types';

type Row = Database['public']['Functions']['trash']['Returns'][number];

/** Something that was deleted. Types of the API do not say what of a function's answer can be null. */
export type TrashEntry = Omit<Row, 'deleted_by'> & { deleted_by: string | null };

/** What of the trash is wanted. */
export interface TrashFilter {
  /** Table, such as `customers`. */
  kind: string | null;
  by: string | null;
}

/** The last entry of a page; the next one begins after it. */
export interface TrashCursor {
  at: string;
  id: string;
}

export const cursorOf = ({ deleted_at, record_id }: TrashEntry): TrashCursor => ({
  at: deleted_at,
  id: record_id,
});
