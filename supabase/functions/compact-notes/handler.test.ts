import * as Y from 'yjs';
import { equal, match } from '../_shared/assertions.ts';
import { createHandler, type DueNote, type Notes } from './handler.ts';
import { mergeUpdates } from './merge.ts';

const key = 'sb_secret_test';
const call = (headers: Record<string, string>, method = 'POST'): Request =>
  new Request('http://127.0.0.1/compact-notes', { method, headers });

/** A document, what it says and each change of it as an update. */
function writer(): { doc: Y.Doc; updates: Uint8Array[]; write(text: string): void } {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  return {
    doc,
    updates,
    write(text): void {
      doc.transact(() => {
        const paragraph = new Y.XmlElement('paragraph');
        paragraph.insert(0, [new Y.XmlText(text)]);
        doc.getXmlFragment('default').push([paragraph]);
      });
    },
  };
}

function nested(levels: number): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => {
    let inner: Y.XmlFragment = doc.getXmlFragment('default');
    for (let level = 0; level < levels; level++) {
      const element = new Y.XmlElement('blockquote');
      inner.insert(0, [element]);
      inner = element;
    }
  });
  return Y.encodeStateAsUpdate(doc);
}

function notesWith(due: DueNote[], isTaken = true): Notes & { stored: string[] } {
  const stored: string[] = [];
  return {
    stored,
    next: () => Promise.resolve(due.shift() ?? null),
    store: (note, { body }) => {
      stored.push(`${note.id} ${body}`);
      return Promise.resolve(isTaken);
    },
  };
}

const handlerFor = (notes: Notes): (request: Request) => Promise<Response> =>
  createHandler({ keys: () => [key], openNotes: () => notes, now: () => 0 });

Deno.test('what was written in pieces is one text, and opens as the pieces do', () => {
  const ada = writer();
  ada.write('First.');
  ada.write('Second.');
  const { state, body, skipped } = mergeUpdates(ada.updates);
  equal([body, skipped], ['First.\nSecond.', 0]);
  const opened = new Y.Doc();
  Y.applyUpdate(opened, state);
  equal(opened.getXmlFragment('default').toString(), ada.doc.getXmlFragment('default').toString());
});

Deno.test('what was typed on both sides of a merge comes together', () => {
  const ada = writer();
  ada.write('Before.');
  const ben = writer();
  Y.applyUpdate(ben.doc, mergeUpdates(ada.updates).state);
  ben.updates.length = 0;
  ben.write('After.');
  ada.write('Meanwhile.');
  const { body } = mergeUpdates([mergeUpdates(ada.updates).state, ...ben.updates]);
  equal(body.split('\n').toSorted(), ['After.', 'Before.', 'Meanwhile.']);
});

Deno.test('what is no update, or torn, or too deep, or built on nothing is left out, the rest stays', () => {
  const ada = writer();
  for (const text of ['One.', 'Two.', 'Three.']) ada.write(text);
  const [one, two, three] = ada.updates as [Uint8Array, Uint8Array, Uint8Array];
  const stray = writer();
  stray.write('Never sent.');
  stray.write('Hangs on what was never sent.');
  const { body, skipped } = mergeUpdates([
    one,
    crypto.getRandomValues(new Uint8Array(200)),
    two.slice(0, two.length - 3),
    nested(20_000),
    stray.updates[1] as Uint8Array,
    two,
    three,
  ]);
  equal([body, skipped], ['One.\nTwo.\nThree.', 4]);
});

Deno.test('what no screen could show is left out', () => {
  const doc = new Y.Doc();
  doc.getXmlFragment('default').push(Array.from({ length: 6_000 }, () => new Y.XmlElement('paragraph')));
  const ada = writer();
  ada.write('Kept.');
  const { body, skipped } = mergeUpdates([...ada.updates, Y.encodeStateAsUpdate(doc)]);
  equal([body, skipped], ['Kept.', 1]);
});

Deno.test('text as deep as people write is no trouble', () => {
  equal(mergeUpdates([nested(60)]).skipped, 0);
  equal(mergeUpdates([nested(70)]).skipped, 1);
});

Deno.test('each note that is due is merged and stored once', async () => {
  const ada = writer();
  ada.write('Hello');
  const due = ['a', 'b'].map((id) => ({ id, stateSeq: 0, seq: 1, updates: ada.updates }));
  const notes = notesWith(due);
  const response = await handlerFor(notes)(call({ apikey: key }));
  equal(await response.json(), { compacted: 2, overtaken: 0, failed: 0, skipped_updates: 0 });
  equal(notes.stored, ['a Hello', 'b Hello']);
});

Deno.test('a note that someone else compacted meanwhile is left to them', async () => {
  const due = [{ id: 'a', stateSeq: 0, seq: 1, updates: [new Uint8Array([0, 0])] }];
  const response = await handlerFor(notesWith(due, false))(call({ authorization: `Bearer ${key}` }));
  equal((await response.json()).overtaken, 1);
});

Deno.test('people and strangers are refused', async () => {
  const refused: Record<string, string>[] = [{}, { apikey: 'sb_publishable_x' }, {
    authorization: 'Bearer sb_secret_tes',
  }];
  for (const headers of refused) {
    const response = await handlerFor(notesWith([]))(call(headers));
    equal([response.status, (await response.json()).error.code], [403, 'secret_key_required']);
  }
  const response = await handlerFor(notesWith([]))(call({ apikey: key }, 'GET'));
  equal([response.status, response.headers.get('allow')], [405, 'POST']);
  match((await response.json()).error.request_id, /./);
});
