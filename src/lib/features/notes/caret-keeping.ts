import { TextSelection, type Transaction } from '@tiptap/pm/state';
import { relativePositionToAbsolutePosition, type ProsemirrorBinding } from '@tiptap/y-tiptap';
import * as Y from 'yjs';

/**
 * Keeps one's caret in the line it is in when a colleague's change is shown. The binding looks for a line of the same words,
 * because a line that was moved is a new one to Yjs; lines of the same words, such as two empty ones, it takes for each
 * other. So what Yjs says holds for as long as the line it speaks of is there.
 *
 * @param transaction shows the colleague's change, with the caret where the binding puts it; changed in place
 */
export function keepCaret(transaction: Transaction, binding: ProsemirrorBinding): void {
  const before = selectionBefore(binding);
  if (!before) return;
  const anchor = placeOf(before.anchor, binding) ?? placeInSameLine(before.absAnchor, transaction);
  const head = placeOf(before.head, binding) ?? placeInSameLine(before.absHead, transaction);
  const { size } = transaction.doc.content;
  if (anchor === null || head === null || anchor > size || head > size) return;
  const ends = [transaction.doc.resolve(anchor), transaction.doc.resolve(head)] as const;
  if (ends.every(({ parent }) => parent.inlineContent)) transaction.setSelection(new TextSelection(...ends));
}

interface SelectionBefore {
  anchor: Y.RelativePosition;
  head: Y.RelativePosition;
  /** The same as places in the text as it was. */
  absAnchor: number;
  absHead: number;
}

/** Where the text was selected before; null for anything else that was selected. */
function selectionBefore({ beforeTransactionSelection: before }: ProsemirrorBinding): SelectionBefore | null {
  // Null while nothing is changed, which its type does not tell.
  const found = before as (SelectionBefore & { type: string }) | null;
  return found?.type === 'text' ? found : null;
}

/** @returns null when the line is gone */
function placeOf(end: Y.RelativePosition, { doc, type, mapping }: ProsemirrorBinding): number | null {
  const found = Y.createAbsolutePositionFromRelativePosition(end, doc);
  if (!found || found.type === type) return null;
  for (let item = found.type._item; item; item = (item.parent as Y.AbstractType<unknown>)._item) {
    if (item.deleted) return null;
  }
  return relativePositionToAbsolutePosition(doc, type, end, mapping);
}

/** A line that was given another form, that of a heading for example, is a new one with the same words in the same place. */
function placeInSameLine(at: number, { before, doc }: Transaction): number | null {
  const old = before.resolve(at);
  const line = old.index(0);
  if (old.depth !== 1 || line >= doc.childCount) return null;
  if (doc.child(line).textContent !== old.parent.textContent) return null;
  let start = 1;
  for (let index = 0; index < line; index++) start += doc.child(index).nodeSize;
  return start + old.parentOffset;
}
