/** A member of the organisation, as much as names, colours and the reporting line need. */
export interface Person {
  userId: string;
  firstName: string;
  lastName: string;
  /** As stored: "#1d4ed8", or a name of the palette, "person-1" … "person-12"; null lets the id decide. */
  color: string | null;
  managerId: string | null;
  isActive: boolean;
}

const PERSON_COLORS = 12;

/** "Lena Vogt"; a profile without a name still has something to be called by. */
export function fullName(person: Pick<Person, 'firstName' | 'lastName'>): string {
  return `${person.firstName} ${person.lastName}`.trim();
}

/** "LV": the first letters of the first and last word, whole characters also outside the basic plane. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}

/**
 * The colours a person can choose, as they are stored; the place in this list is the number in the palette. A stored
 * colour is right on a white page only, the palette has a tone for each theme.
 */
export const PERSON_PALETTE: readonly string[] = [
  '#1d4ed8',
  '#6d28d9',
  '#a21caf',
  '#be185d',
  '#b91c1c',
  '#c2410c',
  '#a16207',
  '#4d7c0f',
  '#15803d',
  '#0f766e',
  '#0e7490',
  '#64748b',
];

/** Colours given at sign-up that the palette shows in the tone beside them. */
const OTHER_STORED_COLORS: Readonly<Record<string, number>> = { '#4338ca': 1, '#7e22ce': 2, '#0369a1': 11 };

/** 1 to 12: the same person has the same colour on every screen. */
export function personColor(userId: string, stored: string | null = null): number {
  const color = stored?.toLowerCase() ?? '';
  const known = PERSON_PALETTE.indexOf(color) + 1 || OTHER_STORED_COLORS[color];
  if (known) return known;
  const named = /^person-(\d+)$/.exec(stored ?? '');
  const number = Number(named?.[1]);
  if (number >= 1 && number <= PERSON_COLORS) return number;
  let hash = 0;
  for (let index = 0; index < userId.length; index++) hash = (hash * 31 + userId.charCodeAt(index)) >>> 0;
  return (hash % PERSON_COLORS) + 1;
}

/** Everyone below `userId` in the reporting line, not including that person; a circle ends the walk. */
export function reportsOf(people: readonly Person[], userId: string): Set<string> {
  const found = new Set<string>();
  const open = [userId];
  for (let manager = open.pop(); manager !== undefined; manager = open.pop()) {
    for (const person of people) {
      if (person.managerId !== manager || person.userId === userId || found.has(person.userId)) continue;
      found.add(person.userId);
      open.push(person.userId);
    }
  }
  return found;
}
