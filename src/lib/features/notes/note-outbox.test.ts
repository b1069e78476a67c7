import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import type { PendingUpdate } from '$lib/data/notes/mutations';
import { AppError } from '$lib/supabase/errors';
import { NoteOutbox } from './note-outbox';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Updates as typing makes them. */
function typed(words: string[]): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  const text = doc.getText('t');
  for (const word of words) text.insert(text.length, word);
  return { doc, updates };
}

function outboxWith(append: (update: PendingUpdate) => Promise<number>) {
  const stored: number[] = [];
  const outbox = new NoteOutbox({ append, onStored: (seq) => stored.push(seq), onChanged: () => undefined });
  return { outbox, stored };
}

const read = (updates: readonly PendingUpdate[]): string => {
  const doc = new Y.Doc();
  for (const { update } of updates) Y.applyUpdate(doc, update);
  return doc.getText('t').toString();
};

const offline = new AppError({ kind: 'network', code: 'unreachable', retryable: true });
const full = new AppError({ kind: 'invalid', code: 'note_full' });
const denied = new AppError({ kind: 'forbidden', code: 'customers_update_denied' });

describe('what is written in a note', () => {
  it('is sent together when it is written within a moment', async () => {
    const sent: PendingUpdate[] = [];
    const { outbox, stored } = outboxWith(async (update) => sent.push(update));
    const { updates } = typed(['Pre', 'fers ', 'calls']);
    for (const update of updates) outbox.add(update);
    expect(outbox.state).toBe('saving');
    await vi.advanceTimersByTimeAsync(200);
    expect([sent.length, read(sent), outbox.state, stored]).toEqual([1, 'Prefers calls', 'saved', [1]]);
  });

  it('is sent no less when what waits was looked at meanwhile', async () => {
    const sent: PendingUpdate[] = [];
    const { outbox } = outboxWith(async (update) => sent.push(update));
    outbox.add(typed(['kept and sent']).updates[0] ?? new Uint8Array());
    expect(read(outbox.pending())).toBe('kept and sent');
    await vi.advanceTimersByTimeAsync(1_000);
    expect([read(sent), outbox.state]).toEqual(['kept and sent', 'saved']);
  });

  it('waits while there is no connection and is sent in order, with the same ids, once there is', async () => {
    const sent: PendingUpdate[] = [];
    let isOnline = false;
    const { outbox } = outboxWith(async (update) => {
      if (!isOnline) throw offline;
      return sent.push(update);
    });
    for (const update of typed(['a', 'b', ...'c'.repeat(50)]).updates) {
      outbox.add(update);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(outbox.state).toBe('waiting');
    const ids = outbox.pending().map(({ id }) => id);
    isOnline = true;
    await vi.advanceTimersByTimeAsync(20_000);
    expect([read(sent), sent.map(({ id }) => id), outbox.state]).toEqual([
      `ab${'c'.repeat(50)}`,
      ids,
      'saved',
    ]);
    // The first may have been stored without an answer and stays as it is; all that came later goes at once.
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(outbox.sent.has(id)).toBe(true);
  });

  it('never stands for something else under an id that another window may have sent', async () => {
    const { outbox } = outboxWith(() => Promise.reject(offline));
    const [tried, first, second] = typed(['tried', ' first', ' second']).updates;
    if (!tried || !first || !second) throw new Error('Nothing was written.');
    outbox.add(tried);
    await vi.advanceTimersByTimeAsync(500);
    outbox.add(first);
    const before = outbox.pending();
    outbox.add(second);
    const after = outbox.pending();
    expect([read(before), read(after), before.length, after.length]).toEqual([
      'tried first',
      'tried first second',
      2,
      2,
    ]);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]?.id).not.toBe(before[1]?.id);
    expect(outbox.sent, 'and is not kept beside what it has become part of').toEqual(
      new Set([before[1]?.id]),
    );
  });

  it('sends what was left from before ahead of what is new', async () => {
    const sent: PendingUpdate[] = [];
    const { outbox } = outboxWith(async (update) => sent.push(update));
    const [before, after] = typed(['before', ' after']).updates;
    if (!before || !after) throw new Error('Nothing was written.');
    outbox.restore([{ id: 'kept', update: before }]);
    outbox.add(after);
    await vi.advanceTimersByTimeAsync(200);
    expect([sent[0]?.id, read(sent)]).toEqual(['kept', 'before after']);
  });

  it('is not sent again and again when the rules refuse it', async () => {
    const append = vi.fn(async () => Promise.reject(denied));
    const { outbox } = outboxWith(append);
    outbox.add(typed(['x']).updates[0] ?? new Uint8Array());
    await vi.advanceTimersByTimeAsync(60_000);
    outbox.flush();
    expect([outbox.state, outbox.refusal, append.mock.calls.length]).toEqual(['refused', denied, 1]);
    expect(outbox.pending()).toHaveLength(1);
  });

  it('is sent instead of all that was refused when a person has shortened it', async () => {
    const sent: PendingUpdate[] = [];
    const { outbox } = outboxWith(async (update) => {
      if (update.update.length > 100) throw full;
      return sent.push(update);
    });
    outbox.add(typed(['x'.repeat(200)]).updates[0] ?? new Uint8Array());
    await vi.advanceTimersByTimeAsync(200);
    const [refused] = outbox.pending();
    outbox.add(typed(['more']).updates[0] ?? new Uint8Array());
    await vi.advanceTimersByTimeAsync(60_000);
    expect([outbox.state, outbox.refusal, sent]).toEqual(['refused', full, []]);
    outbox.sendInstead(typed(['short']).updates[0] ?? new Uint8Array());
    await vi.advanceTimersByTimeAsync(200);
    expect([read(sent), outbox.state, outbox.pending()]).toEqual(['short', 'saved', []]);
    // Another window may have kept what was refused; it is not brought back.
    expect(outbox.sent.has(refused?.id ?? '')).toBe(true);
  });

  it('goes in several requests when it is too much for one', async () => {
    const sent: PendingUpdate[] = [];
    const { outbox } = outboxWith(async (update) => sent.push(update));
    const words = Array.from({ length: 5 }, (_, index) => String(index).repeat(90_000));
    for (const update of typed(words).updates) outbox.add(update);
    await vi.advanceTimersByTimeAsync(200);
    expect([sent.length, read(sent) === words.join('')]).toEqual([3, true]);
    expect(Math.max(...sent.map(({ update }) => update.length))).toBeLessThan(200_000);
  });
});
