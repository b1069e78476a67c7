import * as Y from 'yjs';

/** The words of a text that another document does not have, each of its lines on one of its own. */
export function wordsBeyond(known: Y.Doc, text: Y.XmlFragment): string {
  const lines: string[] = [];
  const visit = (type: Y.XmlFragment): void => {
    let line = '';
    for (const child of type.toArray()) {
      if (child instanceof Y.XmlText) line += wordsIn(child, known);
      else if (child instanceof Y.XmlElement) visit(child);
    }
    if (line.trim()) lines.push(line.trim());
  };
  visit(text);
  return lines.join('\n');
}

function wordsIn(text: Y.XmlText, known: Y.Doc): string {
  let words = '';
  for (let item = text._start; item; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue;
    // The first part of a piece can be known, and the rest not.
    const { client, clock } = item.id;
    words += item.content.str.slice(Math.max(0, Y.getState(known.store, client) - clock));
  }
  return words;
}
