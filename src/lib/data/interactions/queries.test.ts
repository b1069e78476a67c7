import { QueryClient } from '@tanstack/svelte-query';
import { expect, it, vi } from 'vitest';
import { createDataContext } from '../context';
import { applyInteraction } from './apply';
import { interaction } from './fixtures';
import { interactionQueries } from './queries';

it('a timeline has what was heard while it was read, whatever the answer has of it, and nothing of other customers', async () => {
  let answer: (rows: object[]) => void = () => undefined;
  const rows = new Promise<object[]>((resolve) => (answer = resolve));
  const request = {
    select: () => request,
    eq: () => request,
    order: () => request,
    limit: () => request,
    abortSignal: () => request,
    then: (done: (result: object) => unknown) =>
      rows.then((data) => done({ data, error: null, status: 200 })),
  };
  const client = { from: vi.fn().mockReturnValue(request), rpc: vi.fn() };
  const queryClient = new QueryClient();
  const data = createDataContext({ client, queryClient, orgId: 'org', userId: 'me' });
  const [known, both, heard] = ['2026-11-01', '2026-11-02', '2026-11-03'].map((day, index) =>
    interaction({ id: `${index}`, customer_id: 'c', occurred_at: `${day}T10:00:00Z` }),
  );
  if (!known || !both || !heard) throw new Error('There are three.');
  const reading = queryClient.fetchQuery(interactionQueries.timeline(data, 'c'));
  for (const one of [both, heard, interaction({ id: 'other', customer_id: 'd' })])
    applyInteraction(data, one);
  answer([both, known]);
  expect((await reading).entries.map(({ id }) => id)).toEqual([heard.id, both.id, known.id]);
});
