import * as z from 'zod/mini';
import type { FieldValue } from '$lib/domain/patch';

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

const schema = z.object({ text: z.string(), seen: valueSchema });

/** What was typed into a field and is no edit yet. */
export interface FactDraft {
  text: string;
  /** What stood there when the person began. */
  seen: FieldValue;
}

export interface FactDraftStore {
  read: (field: string) => FactDraft | null;
  keep: (field: string, draft: FactDraft) => void;
  /** @param text only if nothing else has been typed since */
  drop: (field: string, text?: string) => void;
}

/**
 * Keeps drafts of one customer's fields in this tab, so that leaving or reloading the page loses none of them. Another
 * person who signs in here does not get to see them.
 */
export function factDraftStore(userId: string, customerId: string): FactDraftStore {
  const keyOf = (field: string) => `tandem-fact-${userId}-${customerId}-${field}`;
  const read = (field: string) => {
    try {
      const parsed = schema.safeParse(JSON.parse(sessionStorage.getItem(keyOf(field)) ?? 'null'));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  };
  return {
    read,
    drop(field, text) {
      if (text !== undefined && read(field)?.text !== text) return;
      try {
        sessionStorage.removeItem(keyOf(field));
      } catch {
        // What cannot be read cannot come back either.
      }
    },
    keep(field, draft) {
      try {
        sessionStorage.setItem(keyOf(field), JSON.stringify(draft));
      } catch {
        // A full or forbidden store only costs the convenience.
      }
    },
  };
}
