import { getSchema } from '@tiptap/core';
import { Node, type Schema } from '@tiptap/pm/model';
import { updateYFragment } from '@tiptap/y-tiptap';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { noteExtensions } from './note-extensions';
import { FIELD, NoteText } from './note-text';

const schema: Schema = getSchema(noteExtensions(new Y.Doc(), new Awareness(new Y.Doc())));

const mark = fc.constantFrom(
  { type: 'bold' },
  { type: 'italic' },
  { type: 'strike' },
  { type: 'link', attrs: { href: 'https://a.example' } },
);
const word = fc.record({
  type: fc.constant('text'),
  text: fc.constantFrom('Ramp', ' two', 'صباح', '🚚', 'x'),
  marks: fc.uniqueArray(mark, { maxLength: 2, selector: ({ type }) => type }),
});
const line = fc.array(fc.oneof({ weight: 5, arbitrary: word }, fc.constant({ type: 'hardBreak' })), {
  maxLength: 4,
});
const paragraph = line.map((content) => ({ type: 'paragraph', content }));
const item = paragraph.map((one) => ({ type: 'listItem', content: [one] }));
const block = fc.oneof(
  paragraph,
  fc.record({ level: fc.constantFrom(1, 2, 3), content: line }).map(({ level, content }) => ({
    type: 'heading',
    attrs: { level },
    content,
  })),
  fc.array(item, { minLength: 1, maxLength: 3 }).map((content) => ({ type: 'bulletList', content })),
  fc.array(item, { minLength: 1, maxLength: 2 }).map((content) => ({ type: 'orderedList', content })),
  paragraph.map((one) => ({ type: 'blockquote', content: [one] })),
  fc.constant({ type: 'codeBlock', content: [{ type: 'text', text: 'a = b' }] }),
  fc.constant({ type: 'horizontalRule' }),
);
const page = fc.array(block, { minLength: 1, maxLength: 5 }).map((content) => ({ type: 'doc', content }));

it('takes whatever the editor itself writes, by two people at once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1), page), { maxLength: 8 }), (steps) => {
      const reader = new NoteText();
      const writers = [new Y.Doc(), new Y.Doc()];
      let seq = 0;
      for (const doc of writers) {
        doc.on('update', (update: Uint8Array, origin: unknown) => {
          if (origin !== 'typed') return;
          reader.receive(++seq, update);
          for (const other of writers) if (other !== doc) Y.applyUpdate(other, update, 'heard');
        });
      }
      for (const [who, given] of steps) {
        const doc = writers[who];
        if (!doc) continue;
        const meta = { mapping: new Map(), isOMark: new Map() };
        doc.transact(
          () => updateYFragment(doc, doc.getXmlFragment(FIELD), Node.fromJSON(schema, given), meta),
          'typed',
        );
      }
      const [one] = writers;
      expect(reader.doc.getXmlFragment(FIELD).toString()).toBe(one?.getXmlFragment(FIELD).toString());
    }),
    { numRuns: 100 },
  );
});
