import type { Editor } from '@tiptap/core';
import Bold from '@lucide/svelte/icons/bold';
import Code from '@lucide/svelte/icons/code';
import Heading1 from '@lucide/svelte/icons/heading-1';
import Heading2 from '@lucide/svelte/icons/heading-2';
import Italic from '@lucide/svelte/icons/italic';
import List from '@lucide/svelte/icons/list';
import ListOrdered from '@lucide/svelte/icons/list-ordered';
import Quote from '@lucide/svelte/icons/quote';
import Redo2 from '@lucide/svelte/icons/redo-2';
import Strikethrough from '@lucide/svelte/icons/strikethrough';
import Undo2 from '@lucide/svelte/icons/undo-2';
import { m } from '$lib/paraglide/messages';

/** One button above the note. */
export interface ToolbarAction {
  label: string;
  icon: typeof Bold;
  run: (editor: Editor) => void;
  /** Whether what is selected has this form; left out for what only does something once. */
  isOn?: (editor: Editor) => boolean;
  isPossible?: (editor: Editor) => boolean;
  /** It points the way one reads. */
  flips?: true;
}

const mark = (name: string, label: string, icon: typeof Bold): ToolbarAction => ({
  label,
  icon,
  run: (editor) => editor.chain().focus().toggleMark(name).run(),
  isOn: (editor) => editor.isActive(name),
  isPossible: (editor) => editor.can().toggleMark(name),
});

const heading = (level: 1 | 2, label: string, icon: typeof Bold): ToolbarAction => ({
  label,
  icon,
  run: (editor) => editor.chain().focus().toggleHeading({ level }).run(),
  isOn: (editor) => editor.isActive('heading', { level }),
});

/** In groups, between which there is a line. */
export const toolbarActions = (): readonly (readonly ToolbarAction[])[] => [
  [
    mark('bold', m.notes_bold(), Bold),
    mark('italic', m.notes_italic(), Italic),
    mark('strike', m.notes_strike(), Strikethrough),
    mark('code', m.notes_code(), Code),
  ],
  [
    heading(1, m.notes_heading(), Heading1),
    heading(2, m.notes_subheading(), Heading2),
    {
      label: m.notes_bullets(),
      icon: List,
      run: (editor) => editor.chain().focus().toggleBulletList().run(),
      isOn: (editor) => editor.isActive('bulletList'),
      flips: true,
    },
    {
      label: m.notes_numbers(),
      icon: ListOrdered,
      run: (editor) => editor.chain().focus().toggleOrderedList().run(),
      isOn: (editor) => editor.isActive('orderedList'),
    },
    {
      label: m.notes_quote(),
      icon: Quote,
      run: (editor) => editor.chain().focus().toggleBlockquote().run(),
      isOn: (editor) => editor.isActive('blockquote'),
    },
  ],
  [
    {
      label: m.notes_undo(),
      icon: Undo2,
      run: (editor) => editor.chain().focus().undo().run(),
      isPossible: (editor) => editor.can().undo(),
      flips: true,
    },
    {
      label: m.notes_redo(),
      icon: Redo2,
      run: (editor) => editor.chain().focus().redo().run(),
      isPossible: (editor) => editor.can().redo(),
      flips: true,
    },
  ],
];
