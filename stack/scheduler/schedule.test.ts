import { describe, expect, it } from 'vitest';
import { parseSchedule } from './schedule.ts';

const at = (text: string) => new Date(`${text}Z`);

/** The next three moments on a schedule. */
function upcoming(schedule: string, from: string, count = 3): string[] {
  const parsed = parseSchedule(schedule);
  const moments: string[] = [];
  let now = at(from);
  for (let n = 0; n < count; n++) {
    const next = parsed.next(now, now);
    if (!next) break;
    moments.push(next.toISOString().slice(0, 19));
    now = next;
  }
  return moments;
}

describe('cron schedules', () => {
  it('run every minute on the minute', () => {
    expect(upcoming('* * * * *', '2026-03-01T10:00:30')).toEqual([
      '2026-03-01T10:01:00',
      '2026-03-01T10:02:00',
      '2026-03-01T10:03:00',
    ]);
  });

  it('understand lists, ranges, steps and names', () => {
    expect(upcoming('0,30 8-9 * * mon-fri', '2026-03-06T09:00:00')).toEqual([
      '2026-03-06T09:30:00',
      '2026-03-09T08:00:00',
      '2026-03-09T08:30:00',
    ]);
    expect(upcoming('*/20 0 1 jan *', '2026-03-06T09:00:00')).toEqual([
      '2027-01-01T00:00:00',
      '2027-01-01T00:20:00',
      '2027-01-01T00:40:00',
    ]);
  });

  it('count Sunday as 0 and as 7', () => {
    expect(upcoming('0 0 * * 7', '2026-03-06T09:00:00', 1)).toEqual(
      upcoming('0 0 * * 0', '2026-03-06T09:00:00', 1),
    );
  });

  it('know the last day of a month', () => {
    expect(upcoming('0 0 $ * *', '2028-02-01T00:00:00', 2)).toEqual([
      '2028-02-29T00:00:00',
      '2028-03-31T00:00:00',
    ]);
  });

  it('match either day field when both are given, and both when one begins with a star', () => {
    expect(upcoming('0 0 13 * 5', '2026-03-07T00:00:00')).toEqual([
      '2026-03-13T00:00:00',
      '2026-03-20T00:00:00',
      '2026-03-27T00:00:00',
    ]);
    expect(upcoming('0 0 */2 * 1', '2026-03-01T00:00:00', 2)).toEqual([
      '2026-03-09T00:00:00',
      '2026-03-23T00:00:00',
    ]);
  });

  it('have macros', () => {
    expect(upcoming('@hourly', '2026-03-01T10:00:30', 1)).toEqual(['2026-03-01T11:00:00']);
    expect(upcoming('@daily', '2026-03-01T10:00:30', 1)).toEqual(['2026-03-02T00:00:00']);
  });

  it('never come for a day that does not exist', () => {
    expect(upcoming('0 0 30 2 *', '2026-03-01T10:00:30')).toEqual([]);
  });

  it('stay on their beat when a run was late', () => {
    const everyTen = parseSchedule('10 seconds');
    expect(everyTen.next(at('2026-03-01T10:00:00'), at('2026-03-01T10:00:00.040'))?.toISOString()).toBe(
      '2026-03-01T10:00:10.000Z',
    );
    expect(everyTen.next(at('2026-03-01T10:00:00'), at('2026-03-01T10:00:34'))?.toISOString()).toBe(
      '2026-03-01T10:00:40.000Z',
    );
  });

  it.each(['', '* * * *', '* * * * * *', '61 * * * *', '0 seconds', '60 seconds', 'nonsense'])(
    'refuse %j',
    (text) => {
      expect(() => parseSchedule(text)).toThrow();
    },
  );
});
