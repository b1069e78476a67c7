import { QueryClient } from '@tanstack/svelte-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createDataContext } from '$lib/data/context';
import { customer } from '$lib/data/customers/fixtures';
import { FactEditor } from './fact-editor.svelte';
import { day, money, tags } from './fact-formats';

const id = '6f1d2a3e-0000-4000-8000-000000000001';
const org = '6f1d2a3e-0000-4000-8000-00000000000f';
const record = customer({ id, org_id: org, name: 'Acme', address: 'Old street' });
const rpc = vi.fn();

function editor(field: 'name' | 'address' | 'expected_value', ...more: [] | [typeof money]) {
  const data = createDataContext({
    client: { from: vi.fn(), rpc },
    queryClient: new QueryClient(),
    orgId: org,
    userId: 'me',
  });
  const tellEditing = vi.fn();
  const host = { data, customer: () => record, tellEditing };
  return { fact: new FactEditor(host, field, more[0], field === 'name'), tellEditing };
}

const answer = (data: unknown) => rpc.mockResolvedValueOnce({ data, error: null });

beforeEach(() => rpc.mockReset());

describe('a field edited in place', () => {
  it('sends only itself, with what the person saw', async () => {
    const { fact, tellEditing } = editor('address');
    answer({ record: { ...record, version: 2, address: 'New street' }, applied: ['address'], conflicts: [] });
    fact.begin();
    fact.type('New street ');
    await fact.save();
    expect(rpc).toHaveBeenCalledExactlyOnceWith('patch_customer', {
      customer_id: id,
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

  it('keeps what was typed when it could not be stored', async () => {
    const { fact } = editor('address');
    rpc.mockResolvedValueOnce({ data: null, error: { message: 'TypeError: Failed to fetch' }, status: 0 });
    fact.type('New street');
    await fact.save();
    expect([fact.isEditing, fact.text, fact.problem?.kind]).toEqual([true, 'New street', 'words']);
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
    expect(rpc).toHaveBeenCalledExactlyOnceWith('patch_customer', {
      customer_id: id,
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
