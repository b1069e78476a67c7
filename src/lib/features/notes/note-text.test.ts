import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { takeUpdate } from '$functions/note-guard';
import type { LoadedNote, NoteUpdate } from '$lib/data/notes/schema';
import { FIELD, NoteText } from './note-text';

/** What the database does: it numbers what it is given, and now and then merges what it has. */
class Server {
  #state: { seq: number; bytes: Uint8Array } | null = null;
  #updates: NoteUpdate[] = [];
  #seq = 0;

  append(update: Uint8Array): NoteUpdate {
    const taken = { seq: ++this.#seq, update };
    this.#updates.push(taken);
    return taken;
  }

  load(after: number): LoadedNote {
    const begin = this.#state?.seq ?? 0;
    const isKnown = after >= begin && after <= this.#seq;
    return {
      seq: this.#seq,
      state: isKnown ? null : (this.#state?.bytes ?? null),
      updates: this.#updates.filter(({ seq }) => seq > (isKnown ? after : begin)),
    };
  }

  compact(): void {
    const doc = new Y.Doc();
    if (this.#state) Y.applyUpdate(doc, this.#state.bytes);
    for (const { update } of this.#updates) takeUpdate(doc, update);
    this.#state = { seq: this.#seq, bytes: Y.encodeStateAsUpdate(doc) };
    this.#updates = [];
  }
}

/** A screen: what is written on it goes to the server in order, what others write may or may not be heard. */
class Screen {
  readonly text = new NoteText();
  readonly unsent: Uint8Array[] = [];

  constructor() {
    this.text.onWritten((update) => this.unsent.push(update));
  }

  write(place: number, word: string): void {
    const fragment = this.text.doc.getXmlFragment(FIELD);
    this.text.doc.transact(() => {
      const paragraph = new Y.XmlElement('paragraph');
      paragraph.insert(0, [new Y.XmlText(word)]);
      fragment.insert(place % (fragment.length + 1), [paragraph]);
    });
  }

  erase(place: number): void {
    const fragment = this.text.doc.getXmlFragment(FIELD);
    if (fragment.length > 0) fragment.delete(place % fragment.length, 1);
  }

  content(): string {
    return this.text.doc.getXmlFragment(FIELD).toString();
  }
}

const step = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom('write', 'erase', 'send', 'load', 'compact', 'deliver', 'deliver', 'deliver'),
  place: fc.nat(20),
  word: fc.string({ minLength: 1, maxLength: 6 }),
});

describe('a note on several screens', () => {
  it('ends the same everywhere, whatever is lost, doubled, overtaken or merged on the way', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const server = new Server();
        const screens = [new Screen(), new Screen(), new Screen()];
        const said: NoteUpdate[] = [];
        const send = (screen: Screen) => {
          const update = screen.unsent.shift();
          if (!update) return;
          const taken = server.append(update);
          said.push(taken);
          screen.text.stored(taken.seq, taken.update);
        };
        for (const { who, what, place, word } of steps) {
          const screen = screens[who];
          if (!screen) continue;
          if (what === 'write') screen.write(place, word);
          else if (what === 'erase') screen.erase(place);
          else if (what === 'send') send(screen);
          else if (what === 'load') screen.text.load(server.load(screen.text.seq));
          else if (what === 'compact') server.compact();
          else {
            // Any message that was ever sent arrives here now: late, again, or never.
            const message = said[place % Math.max(said.length, 1)];
            if (message) screen.text.receive(message.seq, message.update);
          }
        }
        for (const screen of screens) while (screen.unsent.length > 0) send(screen);
        for (const screen of screens) screen.text.load(server.load(screen.text.seq));
        const opened = new Screen();
        opened.text.load(server.load(0));
        expect(new Set([...screens, opened].map((screen) => screen.content())).size).toBe(1);
      }),
    );
  });

  it('asks for what is missing instead of going on without it', () => {
    const [ada, ben] = [new Screen(), new Screen()];
    ada.write(0, 'one');
    ada.write(1, 'two');
    const [one, two] = ada.unsent;
    if (!one || !two) throw new Error('Nothing was written.');
    expect(ben.text.receive(2, two)).toBe(false);
    expect([ben.text.receive(1, one), ben.text.receive(2, two), ben.text.receive(2, two)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(ben.content()).toBe(ada.content());
    expect(ben.unsent).toEqual([]);
  });

  it('opens with what two windows have left, of which one kept its text over the other’s', () => {
    const [one, two] = [new Screen(), new Screen()];
    one.write(0, 'from the one');
    two.write(0, 'from the other');
    const pending = [...one.unsent, ...two.unsent].map((update) => ({ update }));
    const opened = new Screen();
    opened.text.restore(two.text.sharedState(), 0, pending);
    expect(opened.content()).toContain('from the one');
    expect(opened.content()).toContain('from the other');
    expect(opened.unsent).toEqual([]);
  });

  it('lets the editor finish first what is being written, and sends that', () => {
    const server = new Server();
    const [ada, ben] = [new Screen(), new Screen()];
    ada.write(0, 'hers');
    const taken = server.append(ada.unsent[0] ?? new Uint8Array());
    const typed = ['one', 'two'];
    ben.text.beforeTaking(() => {
      const word = typed.shift();
      if (word) ben.write(0, word);
    });
    ben.text.receive(taken.seq, taken.update);
    expect(ben.unsent).toHaveLength(1);
    for (const update of ben.unsent) ben.text.stored(server.append(update).seq, update);
    ada.text.load(server.load(ada.text.seq));
    ben.text.load(server.load(0));
    expect(ben.unsent).toHaveLength(2);
    expect(ada.content()).toContain('one');
  });
});

it('shows all that the others write, however much waits here itself', () => {
  const [server, ada, ben] = [new Server(), new Screen(), new Screen()];
  for (const screen of [ada, ben]) {
    const lines = Array.from({ length: 3_000 }, () => new Y.XmlElement('paragraph'));
    screen.text.doc.getXmlFragment(FIELD).insert(0, lines);
  }
  ada.write(0, 'afterwards');
  for (const update of ada.unsent) ben.text.receive(server.append(update).seq, update);
  expect(ben.content()).toContain('afterwards');
  expect(ben.text.doc.getXmlFragment(FIELD).length).toBe(6_001);
});

describe('an update of a hostile program', () => {
  const nested = (levels: number): Uint8Array => {
    const doc = new Y.Doc();
    doc.transact(() => {
      let inner: Y.XmlFragment = doc.getXmlFragment(FIELD);
      for (let level = 0; level < levels; level++) {
        const element = new Y.XmlElement('blockquote');
        inner.insert(0, [element]);
        inner = element;
      }
    });
    return Y.encodeStateAsUpdate(doc);
  };

  it('changes nothing when it is no update, torn, too deep or built on nothing', () => {
    const screen = new Screen();
    screen.write(0, 'kept');
    const before = screen.content();
    const stray = new Screen();
    stray.write(0, 'never sent');
    stray.write(1, 'hangs on it');
    const hostile = [
      new Uint8Array(),
      nested(40).slice(0, -2),
      nested(5_000),
      stray.unsent[1] ?? new Uint8Array(),
    ];
    for (const [index, update] of hostile.entries()) {
      expect(screen.text.receive(index + 1, update)).toBe(true);
    }
    expect(screen.content()).toBe(before);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (update) => {
        const one = new NoteText();
        expect(one.receive(1, update)).toBe(true);
      }),
    );
  });

  it('puts nothing where the editor could not show it', () => {
    const paragraph = () => new Y.XmlElement('paragraph');
    const made = (write: (fragment: Y.XmlFragment, doc: Y.Doc) => void): Uint8Array => {
      const doc = new Y.Doc();
      doc.transact(() => write(doc.getXmlFragment(FIELD), doc));
      return Y.encodeStateAsUpdate(doc);
    };
    const within = (inside: unknown) =>
      made((fragment) => {
        const one = paragraph();
        fragment.insert(0, [one]);
        one.insert(0, [inside as Y.XmlText]);
      });
    const hostile = {
      'a text without a paragraph': made((fragment) => fragment.insert(0, [new Y.XmlText('x')])),
      'a hook': made((fragment) => fragment.insert(0, [new Y.XmlHook('x') as unknown as Y.XmlElement])),
      'a fragment': within(new Y.XmlFragment()),
      'a map': within(new Y.Map()),
      'a list of numbers': made((fragment) => Y.Array.prototype.insert.call(fragment, 0, [1, 2])),
      'a document': within(new Y.Doc()),
      'something embedded': made((fragment) => {
        const text = new Y.XmlText();
        const one = paragraph();
        fragment.insert(0, [one]);
        one.insert(0, [text]);
        text.insertEmbed(0, { image: 'x' });
      }),
      'a map as an attribute': made((fragment) => {
        const one = paragraph();
        fragment.insert(0, [one]);
        one.setAttribute('level', new Y.Map() as unknown as string);
      }),
      'another text': made((_, doc) => doc.getText('another').insert(0, 'x')),
    };
    for (const [what, update] of Object.entries(hostile)) {
      const screen = new Screen();
      screen.text.receive(1, update);
      expect([what, screen.content(), [...screen.text.doc.share.keys()]]).toEqual([what, '', [FIELD]]);
    }
  });

  it('is not taken piece by piece either: each level counts from the top of the text', () => {
    const screen = new Screen();
    const writer = new Y.Doc();
    let seq = 0;
    writer.on('update', (update: Uint8Array) => screen.text.receive(++seq, update));
    let inner: Y.XmlFragment = writer.getXmlFragment(FIELD);
    for (let level = 0; level < 200; level++) {
      const element = new Y.XmlElement('blockquote');
      inner.insert(0, [element]);
      inner = element;
    }
    let depth = 0;
    let at: Y.XmlFragment | undefined = screen.text.doc.getXmlFragment(FIELD);
    for (; at; depth++) at = at.get(0) as Y.XmlElement | undefined;
    expect(depth).toBe(65);
  });
});
