import { QueryClient } from '@tanstack/svelte-query';
import { describe, expect, it, vi } from 'vitest';
import { createDataContext, type DataContext } from '$lib/data/context';
import { pageTurns } from '$lib/data/edits/alone';
import { Edits } from '$lib/data/edits/edits.svelte';
import { Outbox } from '$lib/data/edits/outbox.svelte';
import { memoryStore } from '$lib/data/edits/outbox-store';
import { sendEdit } from '$lib/data/edits/send';
import { interaction } from '$lib/data/interactions/fixtures';
import { InteractionDraft } from './interaction-draft.svelte';
import type { InteractionDraftStore } from './interaction-drafts';

/** An API that keeps what was sent; `fails` makes it refuse. */
function backend() {
  const sent: { id: string; note: string | null; corrects_id?: string }[] = [];
  const state = { fails: false };
  const insert = (row: (typeof sent)[number]) => ({
    select: () => ({
      single: async () => {
        sent.push(row);
        return state.fails
          ? { data: null, error: { message: 'invalid_value', code: 'PT422' }, status: 422 }
          : { data: { ...row, customer_id: 'c' }, error: null, status: 201 };
      },
    }),
  });
  return { sent, state, client: { from: vi.fn().mockReturnValue({ insert }), rpc: vi.fn() } };
}

function draftOn(client: DataContext['client'], kept = memory()) {
  const data = createDataContext({
    client,
    queryClient: new QueryClient(),
    orgId: 'org',
    userId: 'me',
  });
  const outbox = new Outbox({
    name: 'test',
    store: memoryStore(),
    turns: pageTurns(),
    send: (edit, isRepeat) => sendEdit(data, edit, isRepeat),
  });
  const edits = new Edits(data, outbox);
  return new InteractionDraft({
    edits,
    customer: { id: 'c', org_id: 'org' },
    timeZone: 'Europe/Berlin',
    kept,
  });
}

/** What a tab keeps. */
function memory(): InteractionDraftStore {
  let text = 'null';
  return {
    read: () => JSON.parse(text),
    keep: (draft) => (text = JSON.stringify(draft)),
    drop: () => (text = 'null'),
  };
}

const logged = interaction({ id: 'logged', note: 'They agreed.' });

describe('InteractionDraft', () => {
  it('comes back to what was being written once a correction is stored', async () => {
    const { client, sent } = backend();
    const draft = draftOn(client);
    draft.fields.note = 'Half a sentence';
    draft.correct(logged);
    expect(draft.fields.note).toBe('They agreed.');
    draft.fields.note = 'They nearly agreed.';
    expect(await draft.send('Acme')).toBe(true);
    expect(sent).toMatchObject([{ note: 'They nearly agreed.', corrects_id: 'logged' }]);
    expect(draft.corrects).toBeNull();
    expect(draft.fields.note).toBe('Half a sentence');
  });

  it('comes back to it as well when the correction is given up, also after a second one', () => {
    const draft = draftOn(backend().client);
    draft.fields.note = 'Half a sentence';
    draft.correct(logged);
    draft.correct({ ...logged, id: 'other' });
    draft.close();
    expect(draft.fields.note).toBe('Half a sentence');
  });

  it('is whole again after a reload, under the same id, and gone once it is sent', async () => {
    const { client, sent, state } = backend();
    const kept = memory();
    const before = draftOn(client, kept);
    before.setType('visit');
    Object.assign(before.fields, { subject: 'Trial', note: 'They agreed.', followUp: '2026-12-01' });
    before.remember();
    state.fails = true;
    await before.send('Acme');
    const after = draftOn(client, kept);
    after.restore();
    expect(after.fields).toEqual(before.fields);
    state.fails = false;
    await after.send('Acme');
    after.remember();
    expect(kept.read()).toBeNull();
    expect(sent[1]?.id).toBe(sent[0]?.id);
    expect(after.isEmpty).toBe(true);
  });

  it('sends a retry under the same id and a correction under another', async () => {
    const { client, sent, state } = backend();
    const draft = draftOn(client);
    draft.fields.note = 'Lost on the way?';
    state.fails = true;
    expect(await draft.send('Acme')).toBe(false);
    expect(draft.fields.note).toBe('Lost on the way?');
    state.fails = false;
    draft.correct(logged);
    await draft.send('Acme');
    await draft.send('Acme');
    const [first, correction, retry] = sent.map(({ id }) => id);
    expect(correction).not.toBe(first);
    expect(retry).toBe(first);
  });
});
