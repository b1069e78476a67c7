import * as Y from 'yjs';
import type { Block } from './texts.ts';

/** Who is said to have typed it: a number that makes the bytes the same each time. */
const WRITER = 1;

/** A note as the editor would have left it, merged into one update. */
export function documentOf(blocks: readonly Block[]): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = WRITER;
  doc.getXmlFragment('default').insert(0, blocks.map(elementOf));
  return Y.encodeStateAsUpdate(doc);
}

function elementOf(block: Block): Y.XmlElement {
  if ('heading' in block) return heading(block.heading);
  if ('paragraph' in block) return element('paragraph', [textOf(block.paragraph)]);
  if ('quote' in block) return element('blockquote', [element('paragraph', [textOf(block.quote)])]);
  if ('bullets' in block) return list('bulletList', block.bullets);
  return list('orderedList', block.steps);
}

function heading(text: string): Y.XmlElement {
  const made = element('heading', [textOf(text)]);
  // The type says text; what the editor keeps, and expects, is a number.
  Reflect.apply(made.setAttribute, made, ['level', 2]);
  return made;
}

const list = (kind: string, items: readonly string[]): Y.XmlElement =>
  element(
    kind,
    items.map((item) => element('listItem', [element('paragraph', [textOf(item)])])),
  );

function element(name: string, inside: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement {
  const made = new Y.XmlElement(name);
  made.insert(0, inside);
  return made;
}

function textOf(text: string): Y.XmlText {
  const made = new Y.XmlText();
  made.applyDelta(
    text
      .split('*')
      .map((part, index) => ({ insert: part, ...(index % 2 === 1 && { attributes: { bold: {} } }) }))
      .filter(({ insert }) => insert !== ''),
  );
  return made;
}
