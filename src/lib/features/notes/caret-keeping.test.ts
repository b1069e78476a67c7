import { getSchema } from '@tiptap/core';
import { Node } from '@tiptap/pm/model';
import { EditorState, TextSelection, type Transaction } from '@tiptap/pm/state';
import { initProseMirrorDoc, updateYFragment, ySyncPlugin, ySyncPluginKey } from '@tiptap/y-tiptap';
import { describe, expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { keepCaret } from './caret-keeping';
import { placeNewLines } from './line-placing';
import { noteExtensions } from './note-extensions';
import { FIELD } from './note-text';

const schema = getSchema(noteExtensions(new Y.Doc(), new Awareness(new Y.Doc())));

const paragraph = (text: string) => schema.node('paragraph', null, text ? [schema.text(text)] : []);

/** A note on somebody's screen: the editor's state and its binding to the document, without a page to show them on. */
class Screen {
  readonly doc = new Y.Doc();
  readonly #binding;
  readonly #view;

  /** @param lines of which `|` is where the caret is */
  constructor(start: Uint8Array, lines: readonly string[]) {
    Y.applyUpdate(this.doc, start);
    const fragment = this.doc.getXmlFragment(FIELD);
    const { doc: shown, mapping } = initProseMirrorDoc(fragment, schema);
    const state = EditorState.create({ doc: shown, plugins: [ySyncPlugin(fragment, { mapping })] });
    this.#binding = ySyncPluginKey.getState(state).binding;
    const view = {
      state,
      hasFocus: () => false,
      dispatch: (transaction: Transaction) => {
        keepCaret(transaction, this.#binding);
        view.state = view.state.apply(transaction);
      },
    };
    this.#view = view;
    this.#binding.initView(view);
    const index = lines.findIndex((line) => line.includes('|'));
    this.change((change) => this.#select(change, index, lines[index]?.indexOf('|') ?? 0));
  }

  #select(change: Transaction, line: number, offset: number): Transaction {
    let at = 1 + offset;
    for (let index = 0; index < line; index++) at += change.doc.child(index).nodeSize;
    return change.setSelection(TextSelection.create(change.doc, at));
  }

  /** What this person does, as the editor tells the document. */
  change(make: (change: Transaction) => Transaction): void {
    const { state } = this.#view;
    this.#view.state = state.apply(make(state.tr));
    if (this.#view.state.doc === state.doc) return;
    placeNewLines(this.#binding, this.#view.state.doc);
    this.#binding.mux(() => this.#binding._prosemirrorChanged(this.#view.state.doc));
  }

  enter(): void {
    this.change((change) => change.split(change.selection.from));
  }

  type(words: string): void {
    this.change((change) => change.insertText(words));
  }

  heading(line: number): void {
    this.change((change) => {
      let at = 0;
      for (let index = 0; index < line; index++) at += change.doc.child(index).nodeSize;
      return change.setNodeMarkup(at, schema.nodes['heading'], { level: 1 });
    });
  }

  /** The lines, with the caret in them. */
  get lines(): string[] {
    const { $head } = this.#view.state.selection;
    return this.#view.state.doc.content.content.map(({ textContent }, index) =>
      $head.index(0) === index
        ? `${textContent.slice(0, $head.parentOffset)}|${textContent.slice($head.parentOffset)}`
        : textContent,
    );
  }
}

/** Two people in one note, each of whom sees at once what the other writes. */
function together(adas: readonly string[], bens: readonly string[]): { ada: Screen; ben: Screen } {
  const doc = new Y.Doc();
  const text = Node.fromJSON(schema, {
    type: 'doc',
    content: adas.map((line) => paragraph(line.replace('|', '')).toJSON()),
  });
  updateYFragment(doc, doc.getXmlFragment(FIELD), text, { mapping: new Map(), isOMark: new Map() });
  const start = Y.encodeStateAsUpdate(doc);
  const [ada, ben] = [new Screen(start, adas), new Screen(start, bens)];
  ada.doc.on('update', (update: Uint8Array, origin) => {
    if (origin !== 'heard') Y.applyUpdate(ben.doc, update, 'heard');
  });
  ben.doc.on('update', (update: Uint8Array, origin) => {
    if (origin !== 'heard') Y.applyUpdate(ada.doc, update, 'heard');
  });
  return { ada, ben };
}

describe('one’s caret, when a colleague writes', () => {
  it.each([
    ['a note of two lines', ['a', '|'], ['a|', ''], ['a', 'new', '|'], ['a', 'new|', '']],
    ['a longer note', ['a', '|', 'b', 'c'], ['a|', '', 'b', 'c'], ['a', 'new', '|', 'b', 'c'], null],
    ['the same words below', ['a', '|new', 'b'], ['a|', 'new', 'b'], ['a', 'new', '|new', 'b'], null],
    ['both in the first', ['|', ''], ['|', ''], ['|', 'new', ''], ['', 'new|', '']],
  ])('stays in its line below a new one: %s', (_, bens, adas, bensThen, adasThen) => {
    const { ada, ben } = together(adas, bens);
    ada.enter();
    ada.type('new');
    expect(ben.lines).toEqual(bensThen);
    if (adasThen) expect(ada.lines).toEqual(adasThen);
    ben.type('x');
    expect(ben.lines.join('\n')).toBe(bensThen.join('\n').replace('|', 'x|'));
    expect(ada.lines.join('\n').replace('|', '')).toBe(ben.lines.join('\n').replace('|', ''));
  });

  it('stays in its line when the colleague writes in that, and another has the same words', () => {
    const { ada, ben } = together(['same|', 'same'], ['sa|me', 'same']);
    ada.type('!');
    expect([ada.lines, ben.lines]).toEqual([
      ['same!|', 'same'],
      ['sa|me!', 'same'],
    ]);
  });

  it('follows a line that becomes a heading, which is a new line to the document', () => {
    const { ada, ben } = together(['one|', 'two', 'three'], ['one', 'tw|o', 'three']);
    ada.heading(1);
    expect(ben.lines).toEqual(['one', 'tw|o', 'three']);
  });
});
