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

function draftOn(client: DataContext['client']) {
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
  return new InteractionDraft(new Edits(data, outbox), { id: 'c', org_id: 'org' }, 'Europe/Berlin');
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
