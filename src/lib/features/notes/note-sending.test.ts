import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import type { NoteUpdate } from '$lib/data/notes/schema';
import { NoteSending } from './note-sending';
import { FIELD, NoteText } from './note-text';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Somebody with the note open; what the database has stored is `stored`. */
function screen(stored: NoteUpdate[], mayWrite = () => true) {
  const text = new NoteText();
  const requests = { count: 0 };
  const sending = new NoteSending({
    text,
    mayWrite,
    append: async ({ update }) => {
      requests.count++;
      return stored.push({ seq: stored.length + 1, update });
    },
    onGap: () => undefined,
    onChanged: () => undefined,
  });
  return {
    text,
    sending,
    requests,
    write: (words: readonly string[]) =>
      text.doc.transact(() => {
        const lines = words.map((word) => {
          const line = new Y.XmlElement('paragraph');
          line.insert(0, [new Y.XmlText(word)]);
          return line;
        });
        text.doc.getXmlFragment(FIELD).insert(0, lines);
      }),
    /** Hears all that was stored. */
    hear: () => {
      for (const { seq, update } of stored) text.receive(seq, update);
      sending.confirm();
    },
    lines: () => text.doc.getXmlFragment(FIELD).length,
  };
}

const many = (word: string) => Array.from({ length: 3_000 }, () => word);

describe('what two people write offline, each near the limit of a note', () => {
  it('is saved of the first, and not even sent of the second, who has heard of it', async () => {
    const stored: NoteUpdate[] = [];
    const [ada, ben] = [screen(stored), screen(stored)];
    ada.write(many('ada'));
    await vi.advanceTimersByTimeAsync(200);
    ben.hear();
    ben.write(many('ben'));
    await vi.advanceTimersByTimeAsync(600_000);
    ben.sending.flush();
    expect([ada.sending.state, ben.sending.state, ben.sending.refusal?.code]).toEqual([
      'saved',
      'refused',
      'note_full',
    ]);
    expect([ben.requests.count, ben.lines(), ben.sending.pending().length]).toEqual([0, 6_000, 1]);
  });

  it('is known not to be saved where the first was faster by a moment, and goes once there is room', async () => {
    const stored: NoteUpdate[] = [];
    const [ada, ben] = [screen(stored), screen(stored)];
    ada.write(many('ada'));
    ben.write(many('ben'));
    await vi.advanceTimersByTimeAsync(200);
    expect([stored.length, ben.sending.state]).toEqual([2, 'saved']);
    ben.hear();
    ada.hear();
    await vi.advanceTimersByTimeAsync(600_000);
    expect([ben.sending.state, ben.requests.count, ada.lines()]).toEqual(['refused', 1, 3_000]);
    expect(ben.text.missingWords()).toHaveLength(3_000 * 4 - 1);

    ada.text.doc.getXmlFragment(FIELD).delete(0, 3_000);
    await vi.advanceTimersByTimeAsync(200);
    ben.hear();
    ben.sending.retry();
    await vi.advanceTimersByTimeAsync(200);
    ada.hear();
    expect([ben.sending.state, ben.text.missingWords(), ada.lines()]).toEqual(['saved', '', 3_000]);
  });
});

it('sends what a reader’s screen has tidied along with the first that this person may write', async () => {
  const stored: NoteUpdate[] = [];
  let mayWrite = false;
  const [reader, other] = [screen(stored, () => mayWrite), screen(stored)];
  reader.write(['tidied']);
  await vi.advanceTimersByTimeAsync(200);
  expect(stored).toEqual([]);
  mayWrite = true;
  reader.write(['written']);
  await vi.advanceTimersByTimeAsync(200);
  other.hear();
  expect(other.lines()).toBe(2);
});
