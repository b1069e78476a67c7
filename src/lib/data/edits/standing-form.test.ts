import { describe, expect, it } from 'vitest';
import { AppError } from '$lib/supabase/errors';
import { pageTurns } from './alone';
import type { Edit } from './edit';
import { Edits } from './edits.svelte';
import { mergePatch } from './merging-record';
import { Outbox } from './outbox.svelte';
import { memoryStore } from './outbox-store';
import type { Answer } from './send';
import { StandingForm } from './standing-form.svelte';

/** A record in the database, the page that shows it, and a form on that page. */
function page() {
  const row: Record<string, string> = { name: 'a', currency: 'a' };
  const network = { isThere: true };
  const loaded = { id: 'r', name: 'a', currency: 'a' };
  const send = async (edit: Edit): Promise<Answer> => {
    if (!network.isThere) throw new AppError({ kind: 'network', code: 'unreachable', retryable: true });
    const answer = mergePatch(row, edit);
    Object.assign(loaded, row);
    return answer;
  };
  const outbox = new Outbox({ name: 'test', store: memoryStore(), turns: pageTurns(), send });
  const edits = new Edits({ orgId: 'org' }, outbox);
  const open = () =>
    new StandingForm<'name' | 'currency'>({
      edits,
      record: () => ({ table: 'organizations', recordId: 'r', title: 'Acme' }),
      current: () => {
        const { name, currency } = edits.over('organizations', loaded);
        return { name, currency };
      },
    });
  return { row, network, loaded, edits, open, form: open() };
}

describe('a form that stays on its page', () => {
  it('sends only what was typed, and follows the rest', async () => {
    const { row, loaded, form } = page();
    form.put('name', 'mine');
    row.currency = loaded.currency = 'theirs';
    expect([form.text('name'), form.text('currency')]).toEqual(['mine', 'theirs']);
    expect(await form.save()).toBe('done');
    expect(row).toEqual({ name: 'mine', currency: 'theirs' });
  });

  it('asks about what somebody else changed first, stores the rest, and the answer with the next saving', async () => {
    const { row, form } = page();
    form.put('name', 'mine');
    form.put('currency', 'mine');
    row.name = 'theirs';
    expect(await form.save()).toBe('conflict');
    expect(row).toEqual({ name: 'theirs', currency: 'mine' });
    expect(form.conflicts).toMatchObject({ name: { theirs: 'theirs', by: 'ben', at: 'then' } });
    expect(form.conflicts.currency).toBeUndefined();
    await form.choose('name', 'mine');
    expect([form.conflicts.name, await form.save(), row.name]).toEqual([undefined, 'done', 'mine']);
  });

  it('shows theirs once that is chosen', async () => {
    const { row, form } = page();
    form.put('name', 'mine');
    row.name = 'theirs';
    await form.save();
    await form.choose('name', 'theirs');
    expect([form.text('name'), row.name]).toEqual(['theirs', 'theirs']);
  });

  it('shows what waits for the connection, also on a page opened meanwhile, and what became of it', async () => {
    const { row, network, edits, form, open } = page();
    network.isThere = false;
    form.put('name', 'mine');
    expect(await form.save()).toBe('waiting');
    const later = open();
    expect([form.text('name'), later.text('name'), row.name]).toEqual(['mine', 'mine', 'a']);
    row.name = 'theirs';
    network.isThere = true;
    await edits.outbox.flush();
    expect(later.conflicts).toMatchObject({ name: { yours: 'mine', theirs: 'theirs', by: 'ben' } });
    await later.choose('name', 'mine');
    expect([later.conflicts.name, row.name]).toEqual([undefined, 'mine']);
  });

  it('follows what is taken back and done again', async () => {
    const { edits, form } = page();
    form.put('name', 'mine');
    await form.save();
    await edits.undo();
    expect(form.text('name')).toBe('a');
    await edits.redo();
    expect(form.text('name')).toBe('mine');
  });

  it('keeps what is typed on while it saves, as written over what was sent', async () => {
    const { row, form } = page();
    form.put('name', 'first');
    const saving = form.save();
    form.put('name', 'second');
    await saving;
    expect([form.text('name'), form.seen('name')]).toEqual(['second', 'first']);
    expect([await form.save(), row.name]).toEqual(['done', 'second']);
  });
});
