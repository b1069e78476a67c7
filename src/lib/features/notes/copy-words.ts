import { toast } from 'svelte-sonner';
import { m } from '$lib/paraglide/messages';

/** Puts what could not be saved of a note into the clipboard, and says whether that worked. */
export async function copyUnsaved(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    toast.success(m.notes_refused_copied());
  } catch {
    toast.error(m.notes_refused_copy_failed());
  }
}

/** Says of a note that is not on the page any more what could not be saved of it, until somebody has read it. */
export function tellUnsaved(words: string, note: { id: string; name: string }): void {
  toast.error(m.notes_left_unsaved({ customer: note.name }), {
    id: `note-${note.id}`,
    description: words.length > 160 ? `${words.slice(0, 160)}…` : words,
    duration: Infinity,
    closeButton: true,
    action: { label: m.copy(), onClick: () => void copyUnsaved(words) },
  });
}
