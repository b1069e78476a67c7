import { openKept } from '../kept/database';
import { parseEntry, type Entry } from './entry';

/** Where edits are kept until they are done with. */
export interface OutboxStore {
  /** All that is kept, in the order in which it was first saved. */
  all(): Promise<Entry[]>;
  has(id: string): Promise<boolean>;
  /** Keeps an entry, or what became of it. */
  save(entry: Entry): Promise<void>;
  drop(id: string): Promise<void>;
}

/**
 * Keeps the edits of one person in one organisation in this browser, and those of the person themselves (which go by
 * their own id); in the page alone where it keeps nothing.
 */
export async function openOutboxStore(userId: string, orgId: string): Promise<OutboxStore> {
  const kept = await openKept(userId);
  if (!kept) return memoryStore();
  return {
    async all() {
      const scopes = [...new Set([orgId, userId])];
      const rows = await Promise.all(scopes.map((scope) => kept.getAllFromIndex('outbox', 'org', scope)));
      return rows
        .flat()
        .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
        .flatMap(({ edit }) => parseEntry(edit) ?? []);
    },
    has: async (id) => (await kept.getKeyFromIndex('outbox', 'id', id)) !== undefined,
    async save(entry) {
      const { id, orgId } = entry.edit;
      const tx = kept.transaction('outbox', 'readwrite');
      const position = await tx.store.index('id').getKey(id);
      // A plain copy: what is on screen may be wrapped.
      const row = {
        id,
        orgId,
        edit: JSON.parse(JSON.stringify(entry)),
        ...(position !== undefined && { position }),
      };
      await tx.store.put(row);
      await tx.done;
    },
    async drop(id) {
      const tx = kept.transaction('outbox', 'readwrite');
      const position = await tx.store.index('id').getKey(id);
      if (position !== undefined) await tx.store.delete(position);
      await tx.done;
    },
  };
}

/** Keeps edits as long as the page lives. */
export function memoryStore(kept = new Map<string, string>()): OutboxStore {
  return {
    all: async () => [...kept.values()].flatMap((text) => parseEntry(JSON.parse(text)) ?? []),
    has: async (id) => kept.has(id),
    save: async (entry) => void kept.set(entry.edit.id, JSON.stringify(entry)),
    drop: async (id) => void kept.delete(id),
  };
}
