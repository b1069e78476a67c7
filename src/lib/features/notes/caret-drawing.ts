/** What is drawn of a colleague: made by this screen, never taken from a message. */
export interface CaretOwner {
  name: string;
  /** 1 to 12, a colour of people. */
  palette: number;
}

/** The line where a colleague writes, with their name: drawn, not written, so that it is no part of the text. */
export function drawCaret({ name, palette }: CaretOwner): HTMLElement {
  const caret = document.createElement('span');
  caret.className = 'note-caret';
  caret.style.setProperty('--person', `var(--person-${palette})`);
  caret.dataset['name'] = name;
  return caret;
}

/** What a colleague has selected. */
export const drawSelection = ({ palette }: CaretOwner) => ({
  nodeName: 'span',
  class: 'note-selection',
  style: `--person: var(--person-${palette})`,
});
