import { Extension } from '@tiptap/core';
import { isChangeOrigin } from '@tiptap/extension-collaboration';
import type { Node } from '@tiptap/pm/model';
import { Plugin } from '@tiptap/pm/state';
import { toast } from 'svelte-sonner';
import { elementWeight, heaviestNote } from '$functions/note-guard';
import { m } from '$lib/paraglide/messages';

/** Form that was changed back and forth leaves traces that only the document knows of. */
const heaviestWritten = heaviestNote * 0.75;
/** The database takes 512 kB for a note; what is taken away again needs room as well until it is merged. */
const largestWritten = 512 * 1024 * 0.75;

interface Extent {
  weight: number;
  bytes: number;
}

const measured = new WeakMap<Node, Extent>();
const encoder = new TextEncoder();

/** How much of a note a piece of text is. A piece never changes, so it is measured once. */
function extentOf(node: Node): Extent {
  const known = measured.get(node);
  if (known) return known;
  const extent: Extent = { weight: 0, bytes: 0 };
  node.forEach((child) => {
    const { weight, bytes } = child.isText ? extentOfText(child) : extentOf(child);
    extent.weight += weight + (child.isText ? 0 : elementWeight);
    extent.bytes += bytes;
  });
  measured.set(node, extent);
  return extent;
}

const extentOfText = ({ text, marks }: Node): Extent => ({
  weight: marks.length * 2,
  bytes: encoder.encode(text ?? '').length,
});

/** Whether a text may become another: it has room, or gets smaller. */
export function isWithinLimit(before: Node, after: Node): boolean {
  const [was, is] = [extentOf(before), extentOf(after)];
  return (
    (is.weight <= heaviestWritten || is.weight <= was.weight) &&
    (is.bytes <= largestWritten || is.bytes <= was.bytes)
  );
}

/** Lets nobody write more than the others' screens and the database would take. */
export const noteLimit = Extension.create({
  name: 'limit',
  addProseMirrorPlugins: () => [
    new Plugin({
      filterTransaction: (transaction, { doc }) => {
        if (!transaction.docChanged || isChangeOrigin(transaction)) return true;
        if (isWithinLimit(doc, transaction.doc)) return true;
        toast.error(m.error_note_full(), { id: 'note-full' });
        return false;
      },
    }),
  ],
});
