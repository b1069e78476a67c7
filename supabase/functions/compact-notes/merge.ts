import * as Y from 'yjs';
import { fragmentName, takeUpdate } from '../_shared/note-guard.ts';

/** What is left of a note's updates once they are one. */
export interface MergedNote {
  state: Uint8Array;
  /** The words without their form. */
  body: string;
  /** Updates that no reader takes, and that are left out. */
  skipped: number;
}

/** The database keeps no more of the words. */
const longestBody = 100_000;

/** Merges updates, in the order in which they were taken, into one. One that is unfit does not keep the others out. */
export function mergeUpdates(updates: readonly Uint8Array[]): MergedNote {
  const doc = new Y.Doc();
  try {
    const skipped = updates.filter((update) => !takeUpdate(doc, update)).length;
    return { state: Y.encodeStateAsUpdate(doc), body: wordsOf(doc.getXmlFragment(fragmentName)), skipped };
  } finally {
    doc.destroy();
  }
}

/** Block after block, each on a line of its own. */
function wordsOf(fragment: Y.XmlFragment): string {
  let words = '';
  const visit = (type: Y.XmlFragment): void => {
    for (const child of type.toArray()) {
      if (words.length >= longestBody) return;
      if (child instanceof Y.XmlText) words += textOf(child);
      else if (child instanceof Y.XmlElement) {
        visit(child);
        if (!words.endsWith('\n')) words += '\n';
      }
    }
  };
  visit(fragment);
  return words.trim().slice(0, longestBody);
}

function textOf(text: Y.XmlText): string {
  return text
    .toDelta()
    .map(({ insert }: { insert: unknown }) => (typeof insert === 'string' ? insert : ''))
    .join('')
    // The database stores no zero bytes, and no half characters.
    .replaceAll('\0', '')
    .toWellFormed();
}
