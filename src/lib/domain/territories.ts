/** The six levels of the tree, widest first; a territory lies in one that is exactly one level wider. */
export const LEVELS = ['country', 'region', 'governorate', 'city', 'area', 'brick'] as const;
export type Level = (typeof LEVELS)[number];

/** The level of what lies directly in one; null below bricks. */
export const levelBelow = (level: Level): Level | null => LEVELS[LEVELS.indexOf(level) + 1] ?? null;

/** The level of what one lies in; null above countries. */
export const levelAbove = (level: Level): Level | null => LEVELS[LEVELS.indexOf(level) - 1] ?? null;

/** The code rule of the database. */
export const CODE_SHAPE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** The ids from the country down to the territory itself, from the stored path: ids without dashes, joined by dots. */
export function idsOfPath(path: string): string[] {
  return path
    .split('.')
    .filter((label) => /^[0-9a-f]{32}$/.test(label))
    .map((label) => label.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
}

/** The name to show: in Arabic where the page is, and the name is known. */
export function territoryName(
  { name, name_ar: arabic }: { name: string; name_ar: string | null },
  locale: string,
): string {
  return locale.startsWith('ar') && arabic ? arabic : name;
}

/** From the first to the last day, both included, as "2026-11-21"; without a last day it goes on. */
export interface Term {
  starts_on: string;
  ends_on: string | null;
}

export type TermState = 'now' | 'future' | 'past';

/** Whether an assignment holds on a day, is still to come, or is over. Days compare as text. */
export function termState({ starts_on: starts, ends_on: ends }: Term, today: string): TermState {
  if (starts > today) return 'future';
  return ends !== null && ends < today ? 'past' : 'now';
}

/** The day before, for ending something that shall not hold today any more. */
export function dayBefore(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

interface Placed {
  territory_id: string;
  /** Path of the territory assigned. */
  path: string;
}

/**
 * Who answers for a territory: those assigned to it; if there are none, those assigned to the nearest one around it; if
 * there are none either, those assigned below it.
 */
export function inCharge<Assignment extends Placed>(
  assignments: readonly Assignment[],
  territory: { id: string; path: string },
): { assignments: Assignment[]; how: 'here' | 'above' | 'below' } | null {
  const here = assignments.filter(({ territory_id: id }) => id === territory.id);
  if (here.length > 0) return { assignments: here, how: 'here' };
  const around = assignments.filter(({ path }) => territory.path.startsWith(`${path}.`));
  if (around.length > 0) {
    const nearest = Math.max(...around.map(({ path }) => path.length));
    return { assignments: around.filter(({ path }) => path.length === nearest), how: 'above' };
  }
  const below = assignments.filter(({ path }) => path.startsWith(`${territory.path}.`));
  return below.length > 0 ? { assignments: below, how: 'below' } : null;
}
