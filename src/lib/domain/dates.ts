/** How the viewer reads time. */
export interface Viewer {
  locale: string;
  /** IANA name, "Africa/Cairo". */
  timeZone: string;
}

/** Whether the platform can tell the time in a zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** The time zones to choose from, by name, with `current` among them. */
export function timeZones(current: string): string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', current])].sort();
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formats.set(key, made);
  return made;
}

/** The calendar day, "2026-11-21", on which an instant falls for the viewer. */
export function dayOf(instant: Date, timeZone: string): string {
  return dateFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(instant);
}

/** Whole days from one calendar day to another; negative when `to` comes first. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY);
}

/** "Sat, 21 November 2026, 14:30 CET": the exact instant, with its zone, for titles and tooltips. */
export function exactTime(instant: Date, viewer: Viewer): string {
  return dateFormat(viewer.locale, {
    timeZone: viewer.timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(instant);
}

/** "14:30" today, "Tue 14:30" within a week, "3 Mar" this year, "3 Mar 2024" otherwise. */
export function shortTime(instant: Date, now: Date, viewer: Viewer): string {
  const { locale, timeZone } = viewer;
  const distance = Math.abs(daysBetween(dayOf(now, timeZone), dayOf(instant, timeZone)));
  if (distance === 0)
    return dateFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit' }).format(instant);
  if (distance < 7) {
    return dateFormat(locale, { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(
      instant,
    );
  }
  return shortDay(dayOf(instant, timeZone), dayOf(now, timeZone), locale);
}

/**
 * "just now", "5 minutes ago", "in 2 days". Distances of a day and more count calendar days of the viewer, so that
 * yesterday evening is never "today".
 */
export function relativeTime(instant: Date, now: Date, viewer: Viewer): string {
  const words = new Intl.RelativeTimeFormat(viewer.locale, { numeric: 'auto' });
  const difference = instant.getTime() - now.getTime();
  const distance = Math.abs(difference);
  if (distance < MINUTE) return words.format(0, 'second');
  if (distance < HOUR) return words.format(Math.trunc(difference / MINUTE), 'minute');
  const days = daysBetween(dayOf(now, viewer.timeZone), dayOf(instant, viewer.timeZone));
  if (days === 0 || distance < 6 * HOUR) return words.format(Math.trunc(difference / HOUR), 'hour');
  return relativeDays(days, words);
}

function relativeDays(days: number, words: Intl.RelativeTimeFormat): string {
  if (Math.abs(days) < 30) return words.format(days, 'day');
  if (Math.abs(days) < 365) return words.format(Math.trunc(days / 30), 'month');
  return words.format(Math.trunc(days / 365), 'year');
}

/** A stored calendar day ("2026-03-03") as "3 Mar" or "3 Mar 2027". Formatted in UTC: a day has no zone to shift it. */
export function shortDay(day: string, today: string, locale: string): string {
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return dateFormat(locale, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(new Date(`${day}T00:00:00Z`));
}

/** "today", "tomorrow", "in 3 days": how far a calendar day is from today. */
export function relativeDay(day: string, today: string, locale: string): string {
  return relativeDays(daysBetween(today, day), new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
}

/** The instant at which `clock` ("09:00") strikes on a calendar day in a zone, also across a change of summer time. */
export function instantAt(day: string, clock: string, timeZone: string): Date {
  const asUtc = Date.parse(`${day}T${clock}:00Z`);
  // The zone's offset depends on the instant that is being looked for: two rounds settle it.
  const first = asUtc - zoneOffset(new Date(asUtc), timeZone);
  return new Date(asUtc - zoneOffset(new Date(first), timeZone));
}

/** Milliseconds by which the clock of a zone runs ahead of UTC at an instant. */
function zoneOffset(instant: Date, timeZone: string): number {
  const parts = dateFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const local = Date.UTC(
    value('year'),
    value('month') - 1,
    value('day'),
    value('hour'),
    value('minute'),
    value('second'),
  );
  return local - Math.floor(instant.getTime() / 1000) * 1000;
}

/** A calendar day some days later ("2026-03-28" + 2 = "2026-03-30"). */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
