import { QueryClient } from '@tanstack/svelte-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { invalidateHeard, lookTwice } from './second-look';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('what is read for a change is read at once and once more, however many changes follow each other', () => {
  const read = vi.fn();
  const heard = lookTwice(read);
  heard();
  expect(read).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(900);
  heard();
  vi.advanceTimersByTime(900);
  expect(read).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5_000);
  expect(read).toHaveBeenCalledTimes(3);
});

it('an answer that is older than the change it was asked for does not stay', async () => {
  const queryClient = new QueryClient();
  // The first question overtakes the change.
  let stored = 'old';
  const options = { queryKey: ['products', 'org'], queryFn: async () => await Promise.resolve(stored) };
  await queryClient.fetchQuery(options);
  const observed = vi.fn(() => queryClient.fetchQuery(options));
  vi.spyOn(queryClient, 'invalidateQueries').mockImplementation(async () => void (await observed()));
  invalidateHeard(queryClient, ['products', 'org']);
  await vi.advanceTimersByTimeAsync(10);
  stored = 'new';
  await vi.advanceTimersByTimeAsync(2_000);
  expect([observed.mock.calls.length, queryClient.getQueryData(['products', 'org'])]).toEqual([2, 'new']);
});
