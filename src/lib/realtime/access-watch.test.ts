import { QueryClient } from '@tanstack/svelte-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDataContext } from '$lib/data/context';
import type { Access } from '$lib/domain/permissions';
import { AccessWatch } from './access-watch';

const all: Access = {
  roles: ['sales'],
  permissions: [{ key: 'customers:read', scope: 'all' }],
  topics: ['org:o', 'org:o:customers'],
};
const own: Access = {
  roles: ['sales'],
  permissions: [{ key: 'customers:read', scope: 'own' }],
  topics: ['org:o', 'owner:o:me'],
};
const none: Access = { roles: [], permissions: [], topics: [] };

/** `answers` are what the database says, one after the other; the last goes on. */
function stage(before: Access, answers: Access[]) {
  const queryClient = new QueryClient();
  const client = {
    rpc: async () => ({ data: answers.length > 1 ? answers.shift() : answers[0], error: null }),
  };
  const data = createDataContext({ client: client as never, queryClient, orgId: 'o', userId: 'me' });
  queryClient.setQueryData(['customers', 'o', 'column'], ['seen']);
  queryClient.setQueryData(['customers', 'other', 'column'], ['theirs']);
  const [onChanged, onRemoved] = [vi.fn(), vi.fn()];
  const watch = new AccessWatch({ data, access: () => before, onChanged, onRemoved });
  const shown = () => queryClient.getQueryData(['customers', 'o', 'column']);
  return { watch, shown, onChanged, onRemoved, queryClient };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('what is shown stays when nothing became less, also when more may be seen', async () => {
  const same = stage(own, [own]);
  await same.watch.check();
  expect([same.shown(), same.onChanged.mock.calls.length]).toEqual([['seen'], 0]);
  const more = stage(own, [{ ...all, topics: [...(own.topics ?? []), ...(all.topics ?? [])] }]);
  await more.watch.check();
  expect([more.shown(), more.onChanged.mock.calls.length]).toEqual([['seen'], 1]);
});

it('everything of this organisation is emptied when anything became less', async () => {
  const { watch, shown, onRemoved, queryClient } = stage(all, [own]);
  await watch.check();
  expect(shown()).toBeUndefined();
  expect(queryClient.getQueryData(['customers', 'other', 'column'])).toEqual(['theirs']);
  expect(onRemoved).not.toHaveBeenCalled();
});

it('who is no member any more is led out', async () => {
  const { watch, shown, onRemoved } = stage(own, [none]);
  await watch.check();
  expect([shown(), onRemoved.mock.calls.length]).toEqual([undefined, 1]);
});

it('an announcement that overtook its commit is looked after again', async () => {
  const { watch, onRemoved } = stage(own, [own, none]);
  await watch.changed();
  expect(onRemoved).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(onRemoved).toHaveBeenCalledOnce();
});
