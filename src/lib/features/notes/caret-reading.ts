import { Extension } from '@tiptap/core';
import { Plugin } from '@tiptap/pm/state';
import { yCursorPluginKey } from '@tiptap/y-tiptap';

/**
 * Lets the editor read at once where the browser has put the caret. The browser moves it first and tells a moment later;
 * whatever the editor does in between it does where the caret was before, and puts it back there.
 */
export const readCaret = (): void => {
  document.dispatchEvent(new Event('selectionchange'));
};

/** Has the caret read before a key is handled and before colleagues' carets are drawn anew. */
export const caretReading = Extension.create({
  name: 'caretReading',
  // Ahead of every other that handles keys.
  priority: 10_000,
  addProseMirrorPlugins: () => [
    new Plugin({
      props: {
        handleKeyDown: () => {
          readCaret();
          return false;
        },
      },
    }),
  ],
  dispatchTransaction({ transaction, next }) {
    const drawn: unknown = transaction.getMeta(yCursorPluginKey);
    if (drawn === undefined || transaction.docChanged) return next(transaction);
    readCaret();
    // The transaction was made before and holds the caret of that time.
    next(this.editor.state.tr.setMeta(yCursorPluginKey, drawn));
  },
});
