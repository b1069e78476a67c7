import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CronClock } from './cron-clock.ts';
import type { Job } from './run-job.ts';

beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 10, 21) }));
afterEach(() => vi.useRealTimers());

const job = (jobid: string): Job => ({
  jobid,
  schedule: '1 seconds',
  command: 'select 1',
  database: 'postgres',
  username: 'postgres',
});

it('a job that is removed while it waits for its turn does not run', async () => {
  const begun: string[] = [];
  const end: (() => void)[] = [];
  const clock = new CronClock({
    concurrency: 1,
    log: () => undefined,
    run: ({ jobid }) => {
      begun.push(jobid);
      return new Promise((resolve) => end.push(resolve));
    },
  });
  clock.setJobs([job('1'), job('2'), job('3')]);
  await vi.advanceTimersByTimeAsync(1_000);
  clock.setJobs([job('1'), job('3')]);
  end.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual(['1', '3']);
  end.shift()?.();
  await clock.stop();
});
