import * as z from 'zod/mini';
import { openKept, type KeptNote } from '../kept/database';
import type { DataContext } from '../context';
import type { PendingUpdate } from './mutations';

const bytes = z.instanceof(Uint8Array);
const keptSchema = z.object({
  state: bytes,
  seq: z.number(),
  pending: z.array(z.object({ id: z.string(), update: bytes })),
});

/** A note as this browser keeps it, to open without a connection. */
export interface KeptText {
  /** What the database has, without what waits to be sent. */
  state: Uint8Array;
  /** Up to which update. */
  seq: number;
  pending: PendingUpdate[];
}

type Owner = Pick<DataContext, 'userId' | 'orgId'>;

/** What this browser keeps of a note; null when it keeps nothing. */
export async function readKept({ userId, orgId }: Owner, customerId: string): Promise<KeptText | null> {
  const database = await openKept(userId);
  const kept = await database?.get('notes', [orgId, customerId]).catch(() => undefined);
  const parsed = keptSchema.safeParse(kept?.note);
  return parsed.success ? parsed.data : null;
}

/**
 * Keeps a note. Other windows of the same person write in the same place: what they wait to send stays, except for what
 * this one knows to be stored (`sent`).
 *
 * @returns whether it is kept; not where the browser keeps nothing
 */
export async function writeKept(
  { userId, orgId }: Owner,
  customerId: string,
  text: KeptText,
  sent: ReadonlySet<string>,
): Promise<boolean> {
  const database = await openKept(userId);
  if (!database) return false;
  try {
    const transaction = database.transaction('notes', 'readwrite');
    const before = keptSchema.safeParse((await transaction.store.get([orgId, customerId]))?.note);
    const own = new Set(text.pending.map(({ id }) => id));
    const others = before.success
      ? before.data.pending.filter(({ id }) => !own.has(id) && !sent.has(id))
      : [];
    await transaction.store.put({
      orgId,
      customerId,
      note: { ...text, pending: [...others, ...text.pending] },
    });
    await transaction.done;
    return true;
  } catch {
    return false;
  }
}

/** Whether something written in it has not been stored yet. */
export function waitsInNote({ note }: KeptNote): boolean {
  const parsed = keptSchema.safeParse(note);
  return parsed.success && parsed.data.pending.length > 0;
}

/** Keeps nothing of a note any more: it is gone, may not be seen, or what waits is thrown away. */
export async function forgetNote({ userId, orgId }: Owner, customerId: string): Promise<void> {
  const database = await openKept(userId);
  await database?.delete('notes', [orgId, customerId]).catch(() => undefined);
}
