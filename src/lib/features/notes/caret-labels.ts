import { Extension } from '@tiptap/core';
import { Plugin } from '@tiptap/pm/state';

/**
 * Has the name beside a colleague's caret reach to where there is room: the note clips what leaves it, and the page must not
 * scroll sideways for a name. A name is never wider than half of the narrowest note.
 */
export const caretLabels = Extension.create({
  name: 'caretLabels',
  addProseMirrorPlugins: () => [
    new Plugin({
      view: ({ dom }) => {
        let frame = 0;
        const place = () => {
          frame = 0;
          turnLabels(dom);
        };
        const soon = () => {
          frame ||= requestAnimationFrame(place);
        };
        const sizes = new ResizeObserver(soon);
        sizes.observe(dom);
        return {
          update: soon,
          destroy: () => {
            cancelAnimationFrame(frame);
            sizes.disconnect();
          },
        };
      },
    }),
  ],
});

function turnLabels(text: HTMLElement): void {
  for (const caret of text.querySelectorAll<HTMLElement>('.note-caret')) {
    // Code scrolls by itself, and clips as the note does.
    const box = (caret.closest('pre') ?? text).getBoundingClientRect();
    const side = caret.getBoundingClientRect().left > box.left + box.width / 2 ? 'left' : 'right';
    if (caret.dataset['side'] !== side) caret.dataset['side'] = side;
  }
}
