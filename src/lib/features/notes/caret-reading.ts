import { Extension } from '@tiptap/core';
import { Plugin } from '@tiptap/pm/state';
import { yCursorPluginKey, ySyncPluginKey } from '@tiptap/y-tiptap';
import { keepCaret } from './caret-keeping';
import { placeNewLines } from './line-placing';

/**
 * Lets the editor read at once where the browser has put the caret. The browser moves it first and tells a moment later;
 * whatever the editor does in between it does where the caret was before, and puts it back there.
 */
export const readCaret = (): void => {
  document.dispatchEvent(new Event('selectionchange'));
};

/** Has the caret read before a key is handled and before colleagues' carets are drawn anew, and kept when they write. */
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
      view: () => ({
        update: ({ state }, { doc }) => {
          if (state.doc !== doc) placeNewLines(ySyncPluginKey.getState(state).binding, state.doc);
        },
      }),
    }),
  ],
  dispatchTransaction({ transaction, next }) {
    const shown = transaction.getMeta(ySyncPluginKey);
    // Taking back puts the caret where it was then.
    if (shown?.isChangeOrigin && !shown.isUndoRedoOperation) {
      keepCaret(transaction, ySyncPluginKey.getState(this.editor.state).binding);
    }
    const drawn: unknown = transaction.getMeta(yCursorPluginKey);
    if (drawn === undefined || transaction.docChanged) return next(transaction);
    readCaret();
    // The transaction was made before and holds the caret of that time.
    next(this.editor.state.tr.setMeta(yCursorPluginKey, drawn));
  },
});
