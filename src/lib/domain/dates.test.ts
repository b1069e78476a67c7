import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  dayOf,
  daysBetween,
  exactTime,
  instantAt,
  relativeDay,
  relativeTime,
  shortDay,
  shortTime,
} from './dates';

const cairo = { locale: 'en-GB', timeZone: 'Africa/Cairo' };
const auckland = { locale: 'en-GB', timeZone: 'Pacific/Auckland' };
const now = new Date('2026-11-21T12:00:00Z');

const zones = fc.constantFrom('UTC', 'Africa/Cairo', 'Europe/Berlin', 'America/New_York', 'Pacific/Auckland');
const day = fc.integer({ min: 0, max: 20_000 }).map((days) => addDays('1990-01-01', days));

describe('instants', () => {
  it('are short nearby and carry a date further away', () => {
    expect(shortTime(new Date('2026-11-21T12:30:00Z'), now, cairo)).toBe('14:30');
    expect(shortTime(new Date('2026-11-17T12:30:00Z'), now, cairo)).toMatch(/^Tue.* 14:30$/);
    expect(shortTime(new Date('2026-03-03T12:30:00Z'), now, cairo)).toBe('3 Mar');
    expect(shortTime(new Date('2024-03-03T12:30:00Z'), now, cairo)).toBe('3 Mar 2024');
  });

  it('name their zone when exact', () => {
    expect(exactTime(now, cairo)).toMatch(/21 November 2026.*14:00.*(GMT\+2|EET)/);
  });

  it('are relative by the calendar of the viewer', () => {
    expect(relativeTime(new Date('2026-11-21T11:55:00Z'), now, cairo)).toBe('5 minutes ago');
    expect(relativeTime(new Date('2026-11-20T20:00:00Z'), now, cairo)).toBe('yesterday');
    // The same distance is still today where the day began later.
    expect(relativeTime(new Date('2026-11-21T02:00:00Z'), now, cairo)).toBe('10 hours ago');
    expect(relativeTime(new Date('2026-11-23T12:00:00Z'), now, cairo)).toBe('in 2 days');
  });

  it('fall on different days for different viewers', () => {
    expect(dayOf(now, cairo.timeZone)).toBe('2026-11-21');
    expect(dayOf(now, auckland.timeZone)).toBe('2026-11-22');
  });
});

describe('calendar days', () => {
  it('read the same in every zone', () => {
    expect(shortDay('2026-03-03', '2026-11-21', 'en-GB')).toBe('3 Mar');
    expect(shortDay('2027-03-03', '2026-11-21', 'en-GB')).toBe('3 Mar 2027');
    expect(relativeDay('2026-11-22', '2026-11-21', 'en')).toBe('tomorrow');
  });

  it('come back from the instant that was made of them', () => {
    const clock = fc.constantFrom('00:00', '06:30', '09:00', '12:00', '23:30');
    fc.assert(
      fc.property(day, clock, zones, (date, time, timeZone) => {
        const shown = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
        const instant = instantAt(date, time, timeZone);
        // A clock that summer time skips (00:00 in Cairo, once a year) is moved within the hour.
        if (shown.format(instant) === time) expect(dayOf(instant, timeZone)).toBe(date);
        else expect(Math.abs(daysBetween(dayOf(instant, timeZone), date))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('count forth and back', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -5000, max: 5000 }), (date, days) => {
        expect(daysBetween(date, addDays(date, days))).toBe(days);
      }),
    );
  });
});
