import type { OutboxStore } from './outbox-store';

/** A store that is opened when it is first needed, and again when that has failed: what opens it may not have loaded. */
export function lazyStore(open: () => Promise<OutboxStore>): OutboxStore {
  let opening: Promise<OutboxStore> | undefined;
  const store = () =>
    (opening ??= open().catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    }));
  return {
    all: async () => (await store()).all(),
    has: async (id) => (await store()).has(id),
    save: async (entry) => (await store()).save(entry),
    drop: async (id) => (await store()).drop(id),
  };
}
