import { Extension, Mark, Node, type AnyExtension } from '@tiptap/core';
import Collaboration from '@tiptap/extension-collaboration';
import { Markdown } from '@tiptap/markdown';
import StarterKit from '@tiptap/starter-kit';
import { yCursorPlugin } from '@tiptap/y-tiptap';
import type { Awareness } from 'y-protocols/awareness';
import type { Doc } from 'yjs';
import { drawCaret, drawSelection } from './caret-drawing';
import { caretLabels } from './caret-labels';
import { caretReading } from './caret-reading';
import { noteLimit } from './note-limit';
import { isSafeAddress } from './note-links';
import { FIELD } from './note-text';

/**
 * Leaves to the text what it means and takes from it what it looks like: a program of somebody's own could otherwise give a
 * link or a piece of code any class of this app, and lay it over the page.
 */
function withoutLooks(extension: AnyExtension): AnyExtension {
  if (extension instanceof Mark && extension.name === 'link') {
    return extension.extend({ addAttributes: () => ({ href: { default: null } }) });
  }
  if (extension instanceof Node && extension.name === 'codeBlock') {
    return extension.extend({ addAttributes: () => ({}) });
  }
  return extension;
}

// What the kit consists of is looked at here only, not what those bring along: the editor asks them for that itself.
const kit = StarterKit.extend({
  addExtensions() {
    return (this.parent?.() ?? []).map(withoutLooks);
  },
}).configure({
  // Several people write: each takes back what is their own.
  undoRedo: false,
  // Markdown has no word for it.
  underline: false,
  trailingNode: false,
  heading: { levels: [1, 2, 3] },
  link: {
    openOnClick: 'whenNotEditable',
    defaultProtocol: 'https',
    isAllowedUri: isSafeAddress,
    HTMLAttributes: { target: '_blank', rel: 'noopener noreferrer nofollow' },
  },
});

const carets = (awareness: Awareness) =>
  Extension.create({
    name: 'carets',
    addProseMirrorPlugins: () => [
      yCursorPlugin(awareness, { cursorBuilder: drawCaret, selectionBuilder: drawSelection }),
    ],
  });

/** What a note can hold, and how it is written together. */
export function noteExtensions(doc: Doc, awareness: Awareness): AnyExtension[] {
  return [
    kit,
    Collaboration.configure({ document: doc, field: FIELD }),
    Markdown,
    noteLimit,
    caretReading,
    carets(awareness),
    caretLabels,
  ];
}
