import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { untilServerReachable } from './server-reachable';

vi.mock('$app/paths', () => ({ asset: (path: string) => path }));

const network = { isOnline: true, answers: [] as boolean[] };
const asked = vi.fn(async () => {
  const ok = network.answers.shift() ?? true;
  if (!ok) throw new TypeError('Failed to fetch');
  return { ok };
});
const target = new EventTarget();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', target);
  vi.stubGlobal('fetch', asked.mockClear());
  vi.stubGlobal('navigator', {
    get onLine() {
      return network.isOnline;
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('waits for a server that does not answer, and asks it once for all who wait', async () => {
  network.answers = [false, false];
  const done = vi.fn();
  void untilServerReachable().then(done);
  void untilServerReachable().then(done);
  await vi.advanceTimersByTimeAsync(900);
  expect([done.mock.calls.length, asked.mock.calls.length]).toEqual([0, 1]);
  await vi.advanceTimersByTimeAsync(2_200);
  expect([done.mock.calls.length, asked.mock.calls.length]).toEqual([2, 3]);
});

it('asks as soon as there is a network again, and not before', async () => {
  network.isOnline = false;
  const done = vi.fn();
  void untilServerReachable().then(done);
  await vi.advanceTimersByTimeAsync(120_000);
  expect([done.mock.calls.length, asked.mock.calls.length]).toEqual([0, 0]);
  network.isOnline = true;
  target.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect([done.mock.calls.length, asked.mock.calls.length]).toEqual([1, 1]);
});
