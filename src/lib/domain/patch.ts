/** A value as a form or a record holds it. */
export type FieldValue =
  string | number | boolean | null | readonly string[] | { readonly [key: string]: unknown };

/** Whether something read from elsewhere can be such a value. */
export function isFieldValue(value: unknown): value is FieldValue {
  return value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value);
}

/** The same without objects: what stands in one control. */
export function isControlValue(value: unknown): value is FieldValue {
  return isFieldValue(value) && (value === null || typeof value !== 'object' || Array.isArray(value));
}

/** Only what changed, and what stood there when the person began to type. */
export interface Patch {
  changes: Record<string, FieldValue>;
  seen: Record<string, FieldValue>;
}

/** Two values that a person would call the same: empty text is nothing, lists compare by content. */
export function sameValue(left: FieldValue | undefined, right: FieldValue | undefined): boolean {
  return comparable(left) === comparable(right);
}

function comparable(value: FieldValue | undefined): string {
  if (value === undefined || value === null || value === '') return 'null';
  if (typeof value === 'object' && !Array.isArray(value)) {
    return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return JSON.stringify(value);
}

/**
 * The difference between the record that the person saw and what they made of it. Empty text becomes null, so that
 * "cleared" and "never filled" are one state in the database.
 */
export function diff(
  seen: Readonly<Record<string, FieldValue | undefined>>,
  edited: Readonly<Record<string, FieldValue | undefined>>,
): Patch {
  const patch: Patch = { changes: {}, seen: {} };
  for (const [field, value] of Object.entries(edited)) {
    if (sameValue(seen[field], value)) continue;
    patch.changes[field] = value === '' || value === undefined ? null : value;
    patch.seen[field] = seen[field] ?? null;
  }
  return patch;
}

/** Whether there is nothing to send. */
export function isEmptyPatch(patch: Patch): boolean {
  return Object.keys(patch.changes).length === 0;
}

/** "Both" for a text field that two people changed: theirs first, as it was stored first. */
export function bothTexts(theirs: string, mine: string, separator = ' '): string {
  if (theirs === '' || mine.includes(theirs)) return mine;
  if (mine === '' || theirs.includes(mine)) return theirs;
  return `${theirs}${separator}${mine}`;
}
