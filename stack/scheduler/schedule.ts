import { Cron } from 'croner';

/** When a job is due. Times are UTC, as hosted. */
export interface Schedule {
  /** The first moment after `now` on the schedule; `previous` is the last one, from which intervals count. */
  next(previous: Date, now: Date): Date | undefined;
}

const intervalPattern = /^([1-9]|[1-5]\d)\s+seconds$/i;

/**
 * Reads what `cron.schedule` accepts: five cron fields, a macro such as `@hourly`, or `[1-59] seconds`.
 * `cron.is_schedule` in the database has already refused everything else.
 *
 * @throws when the text is no schedule.
 */
export function parseSchedule(text: string): Schedule {
  const interval = intervalPattern.exec(text.trim());
  if (interval) return everySeconds(Number(interval[1]));

  const [minute, hour, day, ...rest] = text.trim().split(/\s+/);
  // pg_cron writes the last day of a month as `$`, the library as `L`.
  const pattern = [minute, hour, day?.replace('$', 'L'), ...rest]
    .filter((field) => field !== undefined)
    .join(' ');
  const cron = new Cron(pattern, {
    mode: '5-part',
    timezone: 'UTC',
    // Cron's own rule: a job runs when either day field matches, unless one of them begins with a star.
    domAndDow: Boolean(day?.startsWith('*') || rest[1]?.startsWith('*')),
  });
  return {
    next: (previous, now) => cron.nextRun(new Date(Math.max(previous.getTime(), now.getTime()))) ?? undefined,
  };
}

/** Moments a fixed number of seconds apart, so that a slow run or a late timer never shifts the ones after it. */
function everySeconds(seconds: number): Schedule {
  const step = seconds * 1000;
  return {
    next: (previous, now) => {
      const passed = Math.max(0, now.getTime() - previous.getTime());
      return new Date(previous.getTime() + (Math.floor(passed / step) + 1) * step);
    },
  };
}
