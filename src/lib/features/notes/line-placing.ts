import type { Node } from '@tiptap/pm/model';
import { ySyncPluginKey, type ProsemirrorBinding } from '@tiptap/y-tiptap';
import * as Y from 'yjs';

/**
 * Puts a new line into the document where it was written. The binding compares lines by their words: of two empty ones it
 * takes the one that is there already for the new one, and a colleague who is in it would find somebody else writing there.
 * A line that nobody touched is the same object still, so it says where it has moved, and the binding then has only to
 * fill what is put before it here.
 *
 * Call it before the binding looks at the change.
 */
export function placeNewLines(binding: ProsemirrorBinding, text: Node): void {
  // Does nothing while the binding itself shows what came from elsewhere.
  binding.mux(() => {
    const places = new Map(text.content.content.map((line, index) => [line, index]));
    const lines = binding.type.toArray();
    const old = lines.findIndex((line) => {
      const place = places.get(binding.mapping.get(line) as Node);
      return place !== undefined && place !== lines.indexOf(line);
    });
    const moved = lines[old];
    if (!moved) return;
    const place = places.get(binding.mapping.get(moved) as Node) ?? 0;
    if (place < old || lines.length + place - old > text.childCount) return;
    const added = text.content.content.slice(old, place).map(({ type }) => new Y.XmlElement(type.name));
    binding.doc.transact(() => binding.type.insert(old, added), ySyncPluginKey);
  });
}
