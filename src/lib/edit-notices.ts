import { toast } from 'svelte-sonner';
import type { EditDraft } from '$lib/data/edits/edit';
import type { Edits, Replayed } from '$lib/data/edits/edits.svelte';
import { m } from '$lib/paraglide/messages';

/** What can be taken back is offered for long enough to be read, thought about and reached. */
export const UNDO_OFFER_MS = 10_000;

/** The offers to take something back, which end when it has been taken back by the keyboard. */
const offers = new WeakMap<EditDraft, string | number>();

export type NameOf = (userId: string | null) => string | null;

/** Says that something was done, and offers to take it back. */
export function sayDone(
  edits: Edits,
  done: EditDraft,
  nameOf: NameOf,
  words: { title: string; description?: string },
): void {
  const offer = toast(words.title, {
    ...(words.description && { description: words.description }),
    duration: UNDO_OFFER_MS,
    action: { label: m.undo(), onClick: () => void undo(edits, nameOf, done) },
  });
  offers.set(done, offer);
}

/** Takes back the last edit, or a certain one, and says which it was or why that could not be. */
export async function undo(edits: Edits, nameOf: NameOf, done?: EditDraft): Promise<void> {
  const replayed = await edits.undo(done);
  if (!replayed) return void toast(m.edit_nothing_to_undo(), { id: 'undo' });
  const offer = offers.get(replayed.step.done);
  if (offer !== undefined) toast.dismiss(offer);
  await say(replayed, nameOf, m.edit_undone, m.edit_not_undone);
}

/** Does again what was taken back last. */
export async function redo(edits: Edits, nameOf: NameOf): Promise<void> {
  const replayed = await edits.redo();
  if (!replayed) return void toast(m.edit_nothing_to_redo(), { id: 'undo' });
  await say(replayed, nameOf, m.edit_redone, m.edit_not_redone);
}

type Words = (given: { what: string }) => string;

async function say(
  { step, outcome }: Replayed,
  nameOf: NameOf,
  through: Words,
  refused: Words,
): Promise<void> {
  // Without a connection the words may be out of reach; the name of the record is not.
  const words = await import('$lib/edit-words').catch(() => null);
  const what = words?.editWords(step.done) ?? step.done.title;
  const why = words?.outcomeWords(outcome, nameOf, step.done.table) ?? leftWords(outcome);
  const isThrough = outcome.kind === 'done' || outcome.kind === 'waiting';
  if (isThrough) toast(through({ what }), { id: 'undo', ...(why && { description: why }) });
  else toast.error(refused({ what }), { id: 'undo', ...(why && { description: why }) });
}

/** Of many records: how many were left as they are. */
function leftWords(outcome: Replayed['outcome']): string | null {
  if (outcome.kind !== 'done' || !outcome.results) return null;
  const left = outcome.results.filter(({ outcome }) => outcome === 'conflict' || outcome === 'refused');
  return left.length === 0 ? null : m.edit_left({ count: left.length });
}
