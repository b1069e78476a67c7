import { QueryClient, QueryObserver } from '@tanstack/svelte-query';
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
  const queryKey = ['products', 'org'];
  let stored = 'old';
  const observer = new QueryObserver(queryClient, { queryKey, queryFn: () => stored });
  const stop = observer.subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(10);
  invalidateHeard(queryClient, queryKey);
  await vi.advanceTimersByTimeAsync(10);
  // Heard before, seen by other connections now.
  stored = 'new';
  expect(observer.getCurrentResult().data).toBe('old');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(observer.getCurrentResult().data).toBe('new');
  stop();
});
