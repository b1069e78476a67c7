import { shortDay } from '$lib/domain/dates';
import type { Term } from '$lib/domain/territories';
import { m } from '$lib/paraglide/messages';

/** "since 3 Mar", "3 Mar – 9 Apr", "from 12 Dec": from when to when. */
export function termWords({ starts_on: starts, ends_on: ends }: Term, today: string, locale: string): string {
  const from = shortDay(starts, today, locale);
  if (ends !== null) return m.assignment_term({ from, to: shortDay(ends, today, locale) });
  return starts > today ? m.assignment_from({ from }) : m.assignment_since({ from });
}
