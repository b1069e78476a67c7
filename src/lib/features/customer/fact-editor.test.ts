import { QueryClient } from '@tanstack/svelte-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createDataContext } from '$lib/data/context';
import { customer } from '$lib/data/customers/fixtures';
import { FactEditor } from './fact-editor.svelte';
import { pageTurns } from '$lib/data/edits/alone';
import type { Edit } from '$lib/data/edits/edit';
import { Edits } from '$lib/data/edits/edits.svelte';
import { Outbox } from '$lib/data/edits/outbox.svelte';
import { memoryStore } from '$lib/data/edits/outbox-store';
import { sendEdit } from '$lib/data/edits/send';
import type { FactDraft, FactDraftStore } from './fact-drafts';
import { day, money, tags } from './fact-formats';

const id = '6f1d2a3e-0000-4000-8000-000000000001';
const org = '6f1d2a3e-0000-4000-8000-00000000000f';
const record = customer({ id, org_id: org, name: 'Acme', address: 'Old street' });
const rpc = vi.fn();

const data = createDataContext({
  client: { from: vi.fn(), rpc },
  queryClient: new QueryClient(),
  orgId: org,
  userId: 'me',
});
/** What the browser keeps. */
const outboxKept = new Map<string, string>();
/** One for each page: a reload makes it anew. */
function openEdits(): Edits {
  const send = (edit: Edit, isRepeat: boolean) => sendEdit(data, edit, isRepeat);
  const store = memoryStore(outboxKept);
  return new Edits(data, new Outbox({ name: 'test', store, turns: pageTurns(), send }));
}
let edits = openEdits();

function editor(field: 'name' | 'address' | 'expected_value', ...more: [] | [typeof money]) {
  const tellEditing = vi.fn();
  const host = { edits, customer: () => edits.over('customers', record), tellEditing, drafts };
  return { fact: new FactEditor(host, field, more[0], field === 'name'), tellEditing };
}

/** What the tab remembers. */
const kept = new Map<string, FactDraft>();
const drafts: FactDraftStore = {
  read: (field) => kept.get(field) ?? null,
  keep: (field, draft) => void kept.set(field, draft),
  drop: (field) => void kept.delete(field),
};
/** The same field after the page was left and opened again. */
async function reopened(field: 'name' | 'address') {
  await edits.outbox.settled();
  edits.outbox.close();
  edits = openEdits();
  await edits.outbox.reload();
  const { fact } = editor(field);
  fact.restore();
  return fact;
}
const unreachable = { data: null, error: { message: 'TypeError: Failed to fetch' }, status: 0 };

const answer = (data: unknown) => rpc.mockResolvedValueOnce({ data, error: null });

beforeEach(() => {
  rpc.mockReset();
  kept.clear();
  outboxKept.clear();
  edits = openEdits();
});

describe('a field edited in place', () => {
  it('sends only itself, with what the person saw', async () => {
    const { fact, tellEditing } = editor('address');
    answer({ record: { ...record, version: 2, address: 'New street' }, applied: ['address'], conflicts: [] });
    fact.begin();
    fact.type('New street ');
    await fact.save();
    expect(rpc).toHaveBeenCalledExactlyOnceWith('patch_record', {
      table_name: 'customers',
      record_id: id,
      changes: { address: 'New street' },
      seen: { address: 'Old street' },
    });
    expect(tellEditing.mock.calls).toEqual([['address'], [null]]);
    expect(fact.isEditing).toBe(false);
  });

  it('sends nothing when nothing changed, and nothing when it is cancelled', async () => {
    const { fact } = editor('address');
    fact.begin();
    await fact.save();
    fact.type('Something');
    fact.cancel();
    await fact.save();
    expect(rpc).not.toHaveBeenCalled();
    expect(fact.text).toBe('Old street');
  });

  it('refuses what is no value before asking the server', async () => {
    const value = editor('expected_value', money).fact;
    value.type('a lot');
    await value.save();
    expect(value.problem).toEqual({ kind: 'invalid' });
    const name = editor('name').fact;
    name.type('  ');
    await name.save();
    expect(name.problem).toEqual({ kind: 'required' });
    expect(rpc).not.toHaveBeenCalled();
  });

  it('keeps what was typed when it was refused', async () => {
    const { fact } = editor('address');
    rpc.mockResolvedValueOnce({ data: null, error: { message: 'not_allowed', code: 'PT403' }, status: 403 });
    fact.type('New street');
    await fact.save();
    expect([fact.isEditing, fact.text, fact.problem?.kind]).toEqual([true, 'New street', 'words']);
    await edits.outbox.flush();
    expect(rpc).toHaveBeenCalledOnce();
  });

  it('stores what is typed while the value before it is on its way, over that value', async () => {
    const { fact } = editor('address');
    let arrive = (_answer: unknown): void => undefined;
    rpc.mockReturnValueOnce(new Promise((resolve) => (arrive = resolve)));
    fact.type('First');
    const first = fact.save();
    fact.type('Second');
    const second = fact.save();
    expect(fact.text).toBe('Second');
    answer({ record, applied: ['address'], conflicts: [] });
    arrive({ data: { record, applied: ['address'], conflicts: [] }, error: null });
    await Promise.all([first, second]);
    expect(rpc).toHaveBeenLastCalledWith(
      'patch_record',
      expect.objectContaining({ changes: { address: 'Second' }, seen: { address: 'First' } }),
    );
    expect(kept.size).toBe(0);
  });
});

describe('a field that is left before it is stored', () => {
  it('waits while the server cannot be reached, also over a reload, and is sent when it is back', async () => {
    const { fact } = editor('address');
    rpc.mockResolvedValueOnce(unreachable);
    fact.type('New street');
    await fact.save();
    expect([fact.isWaiting, fact.text, fact.problem]).toEqual([true, 'New street', null]);

    const again = await reopened('address');
    expect([again.isWaiting, again.text, again.isEditing]).toEqual([true, 'New street', false]);
    answer({ record: { ...record, address: 'New street' }, applied: ['address'], conflicts: [] });
    await edits.outbox.flush();
    expect(rpc).toHaveBeenLastCalledWith('patch_record', {
      table_name: 'customers',
      record_id: id,
      changes: { address: 'New street' },
      seen: { address: 'Old street' },
    });
    expect([again.isWaiting, edits.outbox.entries.length]).toEqual([false, 0]);
  });

  it('shows half of a sentence again, saves it when told to, forgets it when told to', async () => {
    editor('address').fact.type('Half a str');
    const again = await reopened('address');
    expect([again.isKept, again.isWaiting, again.text]).toEqual([true, false, 'Half a str']);
    expect(rpc).not.toHaveBeenCalled();
    again.cancel();
    expect([again.text, (await reopened('address')).isKept]).toEqual(['Old street', false]);
  });

  it('asks again which value stays', async () => {
    const conflict = { field: 'address', yours: 'Mine', theirs: 'Theirs', by: id, at: null };
    const { fact } = editor('address');
    answer({ record, applied: [], conflicts: [conflict] });
    fact.type('Mine');
    await fact.save();
    const again = await reopened('address');
    expect(again.conflict).toEqual(conflict);
    await again.resolve('theirs');
    expect((await reopened('address')).conflict).toBeNull();
  });

  it('has nothing to say about what has been stored meanwhile', async () => {
    kept.set('address', { text: 'Old street', seen: 'Older street' });
    expect([(await reopened('address')).isKept, kept.size]).toEqual([false, 0]);
  });
});

describe('a field that somebody else changed meanwhile', () => {
  const conflict = { field: 'address', yours: 'Mine', theirs: 'Theirs', by: id, at: '2026-11-21T10:00:00Z' };

  async function conflicted() {
    const { fact } = editor('address');
    answer({ record, applied: [], conflicts: [conflict] });
    fact.type('Mine');
    await fact.save();
    rpc.mockClear();
    answer({ record, applied: ['address'], conflicts: [] });
    return fact;
  }

  it('shows both, and takes theirs without asking the server again', async () => {
    const fact = await conflicted();
    expect(fact.conflict).toEqual(conflict);
    await fact.resolve('theirs');
    expect(rpc).not.toHaveBeenCalled();
    expect(fact.conflict).toBeNull();
  });

  it.each([
    ['mine', 'Mine'],
    ['both', 'Theirs Mine'],
  ] as const)('stores %s over what is there now', async (choice, address) => {
    const fact = await conflicted();
    await fact.resolve(choice);
    expect(rpc).toHaveBeenCalledExactlyOnceWith('patch_record', {
      table_name: 'customers',
      record_id: id,
      changes: { address },
      seen: { address: 'Theirs' },
    });
  });
});

describe('how values are typed', () => {
  it('tags are a list, each once', () => {
    expect(tags.read(' vip, tender ,vip,, ')).toEqual(['vip', 'tender']);
    expect(tags.write(['vip', 'tender'])).toBe('vip, tender');
  });

  it('a day is a day or nothing', () => {
    expect([day.read('2026-11-21'), day.read(''), day.read('soon')]).toEqual(['2026-11-21', null, undefined]);
  });
});
