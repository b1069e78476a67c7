import type { Editor, JSONContent } from '@tiptap/core';
import { isSafeAddress } from './note-links';

/** The note as Markdown. What a link may not lead to here, it does not lead to in the copy either. */
export function toMarkdown(editor: Editor): string {
  const text = editor.markdown?.serialize(withSafeLinks(editor.getJSON())) ?? '';
  return `${text.trim()}\n`;
}

function withSafeLinks(node: JSONContent): JSONContent {
  const { content, marks, ...rest } = node;
  return {
    ...rest,
    ...(content && { content: content.map(withSafeLinks) }),
    ...(marks && {
      marks: marks.filter(({ type, attrs }) => type !== 'link' || isSafeAddress(attrs?.['href'])),
    }),
  };
}

/** Saves it as a file named after the customer. */
export function download(markdown: string, name: string): void {
  const address = URL.createObjectURL(new Blob([markdown], { type: 'text/markdown;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${fileName(name)}.md`;
  link.click();
  URL.revokeObjectURL(address);
}

/** A name that every file system takes. */
function fileName(name: string): string {
  const plain = name
    .replaceAll(/[\u0000-\u001f\\/:*?"<>|]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return plain.replace(/^\.+/, '').slice(0, 80) || 'note';
}
