import { keptPeople, withKept } from '../kept/database';
import { waitsInNote } from '../notes/kept-note';
import { settlePage, withPage } from './on-page';

/** How much the database does not have yet of what was written in this browser. */
export interface Unsent {
  edits: number;
  notes: number;
}

/** A browser that does not say what it keeps holds nobody up. */
const PATIENCE_MS = 1_500;

/** Counts what signing out would throw away, in all organisations and tabs. */
export async function countUnsent(): Promise<Unsent> {
  const patience = new Promise<Kept>((resolve) => setTimeout(() => resolve(NOTHING), PATIENCE_MS));
  const kept = await Promise.race([readKept().catch(() => NOTHING), patience]);
  return { edits: withPage('edits', kept.edits).size, notes: withPage('notes', kept.notes).size };
}

interface Kept {
  edits: string[];
  notes: string[];
}

const NOTHING: Kept = { edits: [], notes: [] };

async function readKept(): Promise<Kept> {
  await settlePage();
  const kept: Kept = { edits: [], notes: [] };
  for (const person of await keptPeople()) {
    await withKept(person, async (database) => {
      kept.edits.push(...(await database.getAll('outbox')).map(({ id }) => id));
      // One by one: together they are large.
      for await (const { value } of database.transaction('notes').store) {
        if (waitsInNote(value)) kept.notes.push(value.customerId);
      }
    });
  }
  return kept;
}
